"""Rights, and the proof of who did what: principals, rights, tokens, action URLs, secrets, the audit log."""
