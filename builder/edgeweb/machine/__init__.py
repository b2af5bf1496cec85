"""This machine: its browsers, processes, cache and temporary folders."""
