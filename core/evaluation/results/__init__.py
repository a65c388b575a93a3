"""Tables of results on disk, from which every figure is computed when it is shown."""
