"""What a model is for: one folder for each kind of model."""
