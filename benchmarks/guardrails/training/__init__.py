"""What the recognition of orders learns from: texts written for it, and how the weights are made."""
