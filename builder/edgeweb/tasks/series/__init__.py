"""Models that take rows of measurements, window by window."""
