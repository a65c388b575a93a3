"""One model in depth."""
