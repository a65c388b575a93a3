"""Finding the cells of a field: a small network and its training, and a classical way beside it."""
