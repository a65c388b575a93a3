"""Architectures behind one registry, the weights that they begin from, and what they see of a picture."""
