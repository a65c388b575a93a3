"""Other laboratories: how models read them, what was tried to read them better, which of them a picture resembles."""
