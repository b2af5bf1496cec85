"""Models that take two numbers."""
