"""Where a model looked: maps of its evidence (`cam`), how they are drawn and put into words (`overlay`)."""
