"""Pictures that are nobody's: drawings, a generator of cells, and the examples that it made."""
