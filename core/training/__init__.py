"""Training: recipes as data, one plain loop, augmentation."""
