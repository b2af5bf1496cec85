"""Techniques that trade a little accuracy for bytes: one file each, all `step(model, options) -> Result`."""
