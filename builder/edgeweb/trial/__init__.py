"""The first native run, and what it tells of the model."""
