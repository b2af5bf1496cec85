"""Every estimator that skl2onnx converts, and what the page says of it beside what the estimator says."""
