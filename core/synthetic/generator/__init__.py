"""A generator of cells that are nobody's: an autoencoder, and flow matching in its latent space."""
