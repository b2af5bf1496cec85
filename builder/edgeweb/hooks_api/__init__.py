"""What hooks see of edgeweb, through the standard library alone: the same files run in CPython and in Pyodide."""
