"""What PyTorch trains; the whole of it is an extra."""
