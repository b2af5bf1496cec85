"""The smallest form of a model that still answers alike, found by measuring."""
