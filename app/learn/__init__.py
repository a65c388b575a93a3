"""A round of naming cells, and what came of it."""
