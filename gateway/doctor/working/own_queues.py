"""A site's own steps into its queues: what a ``Queue()`` outside our dialplan lacks for a press to find its caller, and him a person afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.doctor.asterisk_files import CONTEXTS
from gateway.doctor.findings import Finding
from gateway.doctor.working import texts
from gateway.doctor.working.picture import ALONE, PREPARES, SETS, Picture, Step, arguments, leads_to

CALLER = re.compile(r"(?<![\w])_{0,2}ONEKEY_CALLER=")
QUEUE = re.compile(r"(?<![\w])_{0,2}ONEKEY_QUEUE=")
SUB = re.compile(r"\bonekey-caller,s,1\(([^()]*)\)")
"""The sub that names a caller and his queue."""
WAYS_IN = re.compile(r"onekey-hotline,([^,()]+),1|Local/([^@/]+)@onekey-queue")
CALLER_ID = re.compile(r"(?<![\w])_{0,2}ONEKEY_CALLER_ID=")
OPENS = f"{PREPARES}^s^1"
"""The sub that a seat's phone is prepared by before it rings."""


def found(seen: Picture) -> Iterator[Finding]:
    """A finding for each ``Queue()`` of the site's own that a caller of ours goes through, with the lines that it wants."""
    reached = {seen.expanded(name) for text in seen.globals_.values() for name in _ways_in(text)}
    for context, steps in seen.contexts.items():
        for at, step in enumerate(steps):
            reached |= {seen.expanded(name) for name in _ways_in(step.data)}
            if step.application != "queue":
                continue
            name = seen.expanded((arguments(step.data) or [""])[0])
            reached.add(name)
            if context not in CONTEXTS and (name in seen.our_queues or "${" in name):
                yield from _lacking(seen, context, at, name)
    yield from _unreached(seen, reached)


def _lacking(seen: Picture, context: str, at: int, name: str) -> Iterator[Finding]:
    steps = seen.contexts[context]
    step = steps[at]
    options = [*arguments(step.data), "", ""][1]
    before = [one for one in steps[:at] if one.exten == step.exten]
    after = [one for one in steps[at + 1 :] if one.exten == step.exten]
    lacks = []
    if not _named(seen, context, before, CALLER):
        lacks.append("ONEKEY_CALLER")
    elif not _named(seen, context, before, CALLER_ID):
        lacks.append("ONEKEY_CALLER_ID")
    elif name != seen.globals_.get("ONEKEY_QUEUE") and not _named(seen, context, before, QUEUE):
        lacks.append(f"ONEKEY_QUEUE={name}")
    for said in (match[1] for one in before for match in SUB.finditer(one.data)):
        if said and seen.expanded(said) != name:
            lacks.append(f"onekey-caller,s,1({name})")
    if OPENS not in options:
        lacks.append(f"b({OPENS})")
    if "c" not in re.sub(r"\([^()]*\)", "", options):
        lacks.append("c")
    if not any(ALONE in leads_to(seen.contexts, word) for one in after for word in re.findall(r"[\w-]+", one.data)):
        lacks.append(f"Goto({ALONE},s,1)")
    if lacks:
        what = texts.OWN_QUEUE_LACKS(context=context, exten=step.exten, queue=name, lacks=", ".join(lacks))
        lines = "\n".join(f" same => n,{line}" for line in _shall_be(name, options))
        yield Finding("error", what, seen.place("extensions.conf"), texts.WRITE_THESE_STEPS(lines=lines))


def _shall_be(name: str, options: str) -> Iterator[str]:
    """The steps as they are right, with the site's own options kept."""
    yield f"Gosub(onekey-caller,s,1({name}))"
    flags, *subs = re.split(r"(?=[A-Za-z]\()", options)
    kept = "".join([*(part for part in (flags, *subs) if part and not part.startswith("b("))])
    plain = re.sub(r"\([^()]*\)", "", kept)
    yield f"Queue({name},{'' if 'c' in plain else 'c'}{kept}b({OPENS}))"
    yield f"Goto({ALONE},s,1)"


def _named(seen: Picture, context: str, before: list[Step], variable: re.Pattern[str]) -> bool:
    """True where the caller's channel has a name by then: set before, in a sub that is called before, or on every way that may lead here."""

    def sets(step: Step) -> bool:
        return step.application in ("set", "mset", "execif") and bool(variable.search(step.data))

    if any(sets(step) or SUB.search(step.data) for step in before):
        return True
    subs = {word for step in before for word in re.findall(r"[\w-]+", step.data) if word in seen.contexts}
    if any(sets(step) for sub in subs for step in seen.contexts[sub]):
        return True
    ways = [one for one in seen.contexts if one != context and context in leads_to(seen.contexts, one)]
    return any(sets(step) for one in ways if one not in CONTEXTS for step in seen.contexts[one])


def _ways_in(text: str) -> Iterator[str]:
    """Queues that a text leads into by our own contexts."""
    for match in WAYS_IN.finditer(text):
        yield next(filter(None, match.groups()))


def _unreached(seen: Picture, reached: set[str]) -> Iterator[Finding]:
    """Queues to which no step of extensions.conf leads: perhaps one that is written in AEL, in Lua or in a database."""
    for name in sorted(set(seen.board.queues) & seen.queues.keys() - reached - SETS):
        what = texts.NOBODY_CALLS_THE_QUEUE(queue=name)
        yield Finding("unknown", what, seen.place("extensions.conf"), texts.LOOK_AT_ITS_OWN_STEPS)
