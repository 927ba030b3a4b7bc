"""How much a text sounds like an order to the model that reads it, learned and weighed."""
