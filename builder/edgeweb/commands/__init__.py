"""What comes after a build, a command a file: what can be typed, and what is printed."""
