"""What a site says of itself to people who have to answer for it: a model card, a bill of materials, its provenance."""
