"""Who may do what, and the proof of who did: principals, rights, tokens, action URLs, secrets, the audit log."""
