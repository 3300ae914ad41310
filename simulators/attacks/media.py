"""RTP from strangers: keys that nobody pressed, and ears that nobody invited."""

from __future__ import annotations
