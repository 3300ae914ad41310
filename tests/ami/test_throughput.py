"""The benchmark measures what it says (its figures are never a test)."""

from __future__ import annotations

from bench.ami_throughput import measure

from .conftest import RECORDED


def test_measure_reports_both_sides() -> None:
    """One short run hears events on both sides and reports both rates and their ratio."""
    figures = measure(RECORDED[0].read_bytes(), seconds=0.05)
    ours, theirs = figures["ami_messages_per_s"], figures["ami_messages_per_s_panoramisk"]
    assert ours > 0
    assert theirs > 0
    assert abs(figures["ami_messages_ratio_vs_panoramisk"] - ours / theirs) < 0.01
