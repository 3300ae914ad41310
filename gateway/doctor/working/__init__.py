"""Whether a press would work and be recorded: a site's own queues, trunks, seats, keys and globals, in its files and in the Asterisk that runs."""
