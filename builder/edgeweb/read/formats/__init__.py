"""Formats that may be handed in, a file each."""
