"""The terminal: what it can show, the steps of a long command, help, and the completion of what is typed."""
