"""Queues: whether every caller gets in and stays, whether a seat that talks is left alone, and whether the site's file knows them all."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.doctor.findings import Finding
from gateway.doctor.unsafe_lines import YES
from gateway.doctor.working import texts
from gateway.doctor.working.picture import Picture

NO = frozenset({"no", "false", "off", "0", "n", "f"})


def found(seen: Picture, where_toml: str) -> Iterator[Finding]:
    """Findings about the queues of this switchboard. ``where_toml`` is the place of the site's file, for people."""
    where = seen.place("queues.conf")
    for name in sorted(seen.our_queues & seen.queues.keys()):
        values = seen.queues[name]
        for line, what in _wrong(values):
            yield Finding("error", f"[{name}] {what}", where, texts.WRITE_IN_SECTION(name=name, line=line))
    unknown = sorted((seen.our_queues & seen.queues.keys()) - set(seen.board.queues))
    if unknown:
        names = ", ".join(f'"{name}"' for name in [*seen.board.queues, *unknown])
        what = texts.QUEUES_NOT_IN_TOML(queues=", ".join(unknown), board=seen.board.id)
        yield Finding("error", what, where_toml, f"queues = [{names}]")


def _wrong(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Lines that are wrong, by what to write; a line that is not there counts as app_queue takes it."""
    if values.get("ringinuse", "yes").lower() not in NO:
        yield "ringinuse = no", texts.RINGS_WHO_TALKS
    if (leaves := values.get("leavewhenempty", "no").lower()) not in NO:
        yield "leavewhenempty = no", texts.THROWS_CALLERS_OUT(value=leaves)
    if (joins := values.get("joinempty", "yes").lower()) not in YES:
        yield "joinempty = yes", texts.TURNS_CALLERS_AWAY(value=joins)
    if (most := values.get("maxlen", "0")) not in ("0", ""):
        yield "maxlen = 0", texts.HOLDS_SO_MANY(value=most)
