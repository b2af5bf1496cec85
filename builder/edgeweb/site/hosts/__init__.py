"""The files that each usual host reads of a site: a file a host."""
