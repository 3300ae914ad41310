"""Records and models as plain dicts for people, personal data masked unless asked for in full."""
