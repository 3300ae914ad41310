"""Debian packages, fetched and unpacked without root, signatures checked."""
