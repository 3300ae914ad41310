"""Messages in and out: events, snapshots, commands, records; and records with personal data taken out."""
