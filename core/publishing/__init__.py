"""From a finished run to a checkpoint that others can use."""
