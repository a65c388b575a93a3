"""A cell in a haematologist's words: eleven attributes, a head that tells them, and what it means for the answer."""
