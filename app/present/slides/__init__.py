"""Slides, one a file."""
