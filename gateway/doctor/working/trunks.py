"""Trunks: what is dialled is there, and what comes in over one of the other switchboard's arrives where presses and legs are understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gateway.doctor.asterisk_keys import WAYS_HOME
from gateway.doctor.findings import Finding
from gateway.doctor.working import texts
from gateway.doctor.working.picture import TRUNK, Phone, Picture, leads_to

DIALLED = re.compile(r"PJSIP/(?:[^@/&]+@)?([^@/&]+)")
HOME = re.compile(rf"ONEKEY_HOME_(?:{'|'.join(filter(None, WAYS_HOME))})?([0-9A-Za-z]+)")


def found(seen: Picture, others: Iterable[str]) -> Iterator[Finding]:
    """Findings about each trunk to another switchboard of onekey. ``others`` are those of the same site's file."""
    pairs = sorted(trunks(seen, others))
    for peer, name in pairs:
        trunk = seen.phones.get(name)
        if trunk is None:
            continue  # a dial string that leads nowhere is told by ``dialplan check``
        context = trunk.values.get("context", "default")
        if TRUNK not in leads_to(seen.contexts, context):
            what = texts.TRUNK_ARRIVES_ELSEWHERE(trunk=name, peer=peer, context=context)
            yield Finding("error", what, seen.place("pjsip.conf"), texts.SET_ITS_CONTEXT(name=name, context=TRUNK))
        said = trunk.variables.get("ONEKEY_TRUNK")
        # by its id and by its systemname it is the same switchboard; where it says nothing, ``asterisk_safety`` tells of it
        if said and said not in {one for one, by in pairs if by == name}:
            what = texts.TRUNK_IS_NOT_NAMED(trunk=name, peer=peer, said=said)
            line = f"set_var = ONEKEY_TRUNK={peer}"
            yield Finding("error", what, seen.place("pjsip.conf"), texts.WRITE_IN_SECTION(name=name, line=line))
        yield from _media(seen, trunk)


def trunks(seen: Picture, others: Iterable[str]) -> set[tuple[str, str]]:
    """Switchboards and the endpoints by which they are reached."""
    peers = {match[1] for name in seen.globals_ if (match := HOME.fullmatch(name))} | set(others) - {seen.board.id}
    pairs: set[tuple[str, str]] = set()
    for name, value in seen.globals_.items():
        home = HOME.fullmatch(name)
        peer = home[1] if home else name.removeprefix("ONEKEY_DIAL_")
        if peer in peers and (home or name.startswith("ONEKEY_DIAL_")):
            pairs.update((peer, match[1]) for match in DIALLED.finditer(seen.expanded(value)))
    return pairs


def _media(seen: Picture, trunk: Phone) -> Iterator[Finding]:
    if trunk.says("direct_media", "yes") != "no":
        what = texts.DIRECT_MEDIA(names=trunk.name)
        yield Finding("error", what, seen.place("pjsip.conf"), texts.ADD_LINE(line="direct_media = no"))
