"""What is looked at: a check, or a few close ones, a file; checks.py lists them."""
