"""Configuration files for hosts."""
