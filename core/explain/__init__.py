"""Where the evidence lies: attribution methods, their saliency maps and how faithful these are, and prototypes."""
