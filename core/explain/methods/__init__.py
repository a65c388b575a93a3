"""The attribution methods, a file each; a file is registered by being here."""
