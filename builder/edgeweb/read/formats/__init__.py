"""Formats that a model can be handed in: a file each, and one that names those which are not read."""
