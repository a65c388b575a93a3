"""Figures of models that several pages show: what they cost, how they compare, where they are wrong."""
