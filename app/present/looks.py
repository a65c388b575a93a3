"""Colours of slides, the same on the screen, in PPTX and in PDF: dark on white, as a projector shows it best."""

TONES = {"ink": "#18262b", "accent": "#0b6b74", "quiet": "#506066"}
HEAD_TONE, STRIPE = TONES["accent"], "#eef4f4"
FONT = "Verdana"
"""Of PPTX; on the screen it comes first. DejaVu Sans stands in where there is none (see `typesetting`)."""
