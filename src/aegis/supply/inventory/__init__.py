"""What a model is made of: read from its folder, written as a CycloneDX ML-BOM."""
