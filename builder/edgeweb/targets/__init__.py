"""A site to where it is wanted: a file each target."""
