"""Who signed a site: keys, the signature over its folder, and that of the channel file of its releases."""
