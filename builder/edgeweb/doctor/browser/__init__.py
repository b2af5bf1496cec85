"""A site in a real browser of this machine, as a visitor has it."""
