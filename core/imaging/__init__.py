"""From bytes to photos: file types, decoding, loading, windows, quality, corruptions, stain."""
