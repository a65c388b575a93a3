"""The architectures, a file each or one for a family; a file is registered by being here."""
