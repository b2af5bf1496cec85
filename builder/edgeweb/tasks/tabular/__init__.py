"""Models that take a row of a table."""
