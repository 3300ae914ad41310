"""``features.conf`` with the keys of the rules: what a phone's digits do in a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import jinja2


def by_first_sign(keys: Iterable[Mapping[str, str]], peer: str) -> list[dict[str, str]]:
    """The arguments of ``onekey-key`` of the dialplan, for each first sign of a key: its codes, what each does, and the beginnings of longer ones."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for key in keys:
        found.setdefault(key["code"][0], []).append(key)
    return [
        {
            "sign": sign,
            "codes": "&".join(key["code"] for key in group),
            "deeds": "&".join(_deed(key, peer) for key in group),
            "begins": "&".join(dict.fromkeys(key["code"][:n] for key in group for n in range(1, len(key["code"])))),
        }
        for sign, group in found.items()
    ]


def _deed(key: Mapping[str, str], peer: str) -> str:
    if key["action"] == "transfer":
        return f"press={peer if key['target'] == 'other' else key['target']}={key['mode']}"
    return {"cancel": "back", "accept": "yes", "decline": "no"}[key["action"]]


def features(templates: Path, keys: list[dict[str, str]], peer: str) -> str:
    """``features.conf`` for these keys; ``peer`` is the switchboard that ``other`` means."""
    firsts = by_first_sign(keys, peer)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - not HTML
    text = (templates / "both/features.conf").read_text(encoding="utf-8")
    return environment.from_string(text).render(firsts=firsts)
