"""Models that speak: a text in, a sound out."""
