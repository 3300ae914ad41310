"""Conditions for a press that works and is recorded: a site's own queues, trunks, seats, keys and globals, in its files and in the Asterisk that runs."""
