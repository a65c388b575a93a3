"""How good a checkpoint is: pure functions of (probabilities, labels), free of torch and of the app."""
