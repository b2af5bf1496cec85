"""The inputs on which forms of a model are calibrated and judged."""
