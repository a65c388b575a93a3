"""From cells that were found and read to a differential count, with all that is uncertain about it. No torch here."""
