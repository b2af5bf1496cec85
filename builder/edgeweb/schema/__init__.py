"""The small types that edgeweb.json and edgeweb.toml are written in."""
