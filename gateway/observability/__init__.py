"""Accounts of a running gateway: log lines, metrics, the tape and its replay, and what supervisors must know."""
