"""How weights travel: as whole multiples of a step, entropy-coded, beside the bytes of the ONNX file around them."""
