"""Judges manifests offline as the platforms would: `aegis.verify.api.verify_files`."""
