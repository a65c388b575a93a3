"""From photos to readings and counted cells: the one way that pages, commands, batch and evaluation take."""
