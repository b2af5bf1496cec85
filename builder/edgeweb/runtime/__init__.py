"""ONNX Runtime Web, cut to what a site enters."""
