"""Strangers: what lets a model read a laboratory that it did not learn from, and keep silent where it cannot."""
