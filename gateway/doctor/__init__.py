"""Checks before a call: configuration, dialplan, Asterisk's files and those of the gateway, each finding with what to do about it."""
