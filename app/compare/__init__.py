"""Models side by side: figures with intervals, matrices, curves, costs."""
