"""Seats: by which name a press knows them, whether Asterisk hears their keys and voices, and whether a queue rings them."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.doctor.asterisk_files import seat_lines
from gateway.doctor.findings import Finding, some
from gateway.doctor.working import texts
from gateway.doctor.working.picture import Picture

DEAF_TO_KEYS = frozenset({"inband", "none"})
"""Ways of sending digits that no key is read by: tones in the voice, and none at all."""


def found(seen: Picture) -> Iterator[Finding]:
    """Findings about all seats, one for each cause."""
    where, seats = seen.place("pjsip.conf"), seen.seats
    unnamed = [name for name, seat in seats.items() if seat.has_keys and "ONEKEY_SEAT" not in seat.variables]
    misnamed = [name for name, seat in seats.items() if seat.variables.get("ONEKEY_SEAT", name) != name]
    direct = [name for name, seat in seats.items() if seat.says("direct_media", "yes") != "no"]
    inband = [name for name, seat in seats.items() if seat.says("dtmf_mode", "rfc4733") in DEAF_TO_KEYS]
    if unnamed:
        line = f"set_var = ONEKEY_SEAT={unnamed[0]}"
        yield Finding(
            "error",
            texts.SEATS_WITHOUT_A_NAME(names=some(unnamed)),
            where,
            texts.ADD_LINE_TO(name=unnamed[0], line=line),
        )
    if misnamed:
        line = f"set_var = ONEKEY_SEAT={misnamed[0]}"
        yield Finding(
            "error",
            texts.SEATS_OF_ANOTHER_NAME(names=some(misnamed)),
            where,
            texts.ADD_LINE_TO(name=misnamed[0], line=line),
        )
    if direct:
        yield Finding("error", texts.DIRECT_MEDIA(names=some(direct)), where, texts.ADD_LINE(line="direct_media = no"))
    if inband:
        yield Finding(
            "error", texts.KEYS_UNHEARD(names=some(inband)), where, texts.ADD_LINE(line="dtmf_mode = rfc4733")
        )
    members = {member.removeprefix("PJSIP/") for queue in seen.members.values() for member in queue}
    for name in seats.keys() - members:  # who logs in by himself: members are looked at with their queue
        yield from seat_lines(name, seen.read["pjsip"][name], str(seen.folder))
    yield from _alone(seen)
    if seen.elsewhere:
        what = texts.PHONES_IN_A_DATABASE(file=", ".join(seen.elsewhere))
        yield Finding("unknown", what, str(seen.folder), texts.SEE_THEIR_LINES)


def _alone(seen: Picture) -> Iterator[Finding]:
    """Seats that no queue rings, where none can come into one by logging in."""
    if seen.dynamic:
        return
    members = {member for queue in seen.members.values() for member in queue}
    alone = [name for name, phone in seen.phones.items() if phone.has_keys and f"PJSIP/{name}" not in members]
    if alone:
        queue = next(iter(seen.board.queues), "…")
        what, remedy = texts.SEATS_IN_NO_QUEUE(names=some(alone)), texts.ADD_MEMBER(queue=queue, name=alone[0])
        yield Finding("warning", what, seen.place("queues.conf"), remedy)
