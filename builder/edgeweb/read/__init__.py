"""A file becomes a Model, and what the file is, without running it."""
