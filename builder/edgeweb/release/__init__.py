"""Several releases of one site on a host that only has files: which visitor gets which, and the folder they lie in."""
