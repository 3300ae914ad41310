"""Files that are written for an Asterisk: the static plan, the keys of phones, prompts."""
