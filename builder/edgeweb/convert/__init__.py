"""Files of training libraries become ONNX: a file each format, and a script each that runs in the user's own Python."""
