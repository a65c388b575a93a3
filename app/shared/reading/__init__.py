"""What is shown of one cell that was read: where, how well the photo serves, maps, training cells like it, words."""
