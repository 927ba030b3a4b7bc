"""What the recognition of pressure learns from: labelled messages, and how the weights are made."""
