"""The use cases of the supply chain: take stock, sign, verify, attest."""
