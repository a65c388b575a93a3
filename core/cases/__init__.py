"""Cases: the photos of one smear, what a model said of them, and what people did since, so that nothing is lost.

What a model said can be read again and is kept as a cache. What a person did is kept as events: they are only ever
added to, each holds the hash of the one before it, and what is known of a cell is what follows from them.
"""
