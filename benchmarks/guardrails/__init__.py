"""How well the guardrail against orders to the model does: recall, false alarms, time."""
