"""What pages are made of: loading, words, pictures, charts, tables, uploads."""
