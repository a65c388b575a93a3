"""Smearlens: reading cells in stained blood smears, with reasons and limits."""

__version__ = "0.2.0"
