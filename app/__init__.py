"""The app: pages that ask the core and show what it says."""
