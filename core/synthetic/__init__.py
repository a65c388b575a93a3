"""Pictures of no patient: drawings, a generator of cells, and the examples that it made."""
