"""Figures of merit, one module each: `core.evaluation.metrics.registry` has the list and says how one is added."""
