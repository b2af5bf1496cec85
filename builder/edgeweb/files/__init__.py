"""The site's files while they are gathered."""
