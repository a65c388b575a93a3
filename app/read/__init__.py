"""One cell read: the answer, why, how sure, and when it should not be believed."""
