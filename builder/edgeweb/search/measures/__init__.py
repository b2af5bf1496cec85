"""Measures of how alike two forms of a model answer: a file each."""
