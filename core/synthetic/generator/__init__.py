"""A generator of cells of no patient: an autoencoder, and flow matching in its latent space."""
