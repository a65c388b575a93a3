"""A comparison as slides and as a document."""
