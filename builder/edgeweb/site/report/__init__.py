"""What a build found out, as JSON and as a page."""
