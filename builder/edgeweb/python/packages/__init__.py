"""The packages that hooks import, as wheels for the browser."""
