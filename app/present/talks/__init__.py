"""Talks, one a file."""
