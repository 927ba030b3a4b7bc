"""One function per use case; the only place that wires things."""
