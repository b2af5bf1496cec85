"""The user's own Python around models."""
