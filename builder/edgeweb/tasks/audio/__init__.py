"""Models that take sounds."""
