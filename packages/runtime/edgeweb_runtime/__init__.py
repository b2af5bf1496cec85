"""Files for edgeweb, which finds them by itself: ONNX Runtime Web for GPUs, and Pyodide."""
