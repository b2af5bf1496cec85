"""Arrays for one run of a model: seeded, or the user's own, checked."""
