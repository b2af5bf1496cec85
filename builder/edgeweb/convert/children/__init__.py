"""What runs in the user's own Python: nothing here imports edgeweb, and edgeweb imports nothing of this."""
