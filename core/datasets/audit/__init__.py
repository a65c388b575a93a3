"""The audit of a source: copies, conflicts, leaks, doubtful labels, odd files, subpopulations and shortcuts."""
