"""Out-of-distribution detection: how far a cell lies from the training cells, and where an answer stops."""
