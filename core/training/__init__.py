"""Training: recipes as data, one engine for every network, augmentation."""
