"""Page, report, headers and the folder that a host delivers."""
