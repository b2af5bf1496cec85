"""Models that take texts."""
