"""Five student studies run again, searches for settings, and cross-validation."""
