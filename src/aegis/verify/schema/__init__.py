"""Custom resource schemas: compact form, compiled checks, formats, metadata rules."""
