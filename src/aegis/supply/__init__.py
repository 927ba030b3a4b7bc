"""What a model is made of, who vouches for it, and how it came about: inventory, signature, attestation."""
