"""One switchboard's files as one value: phones wherever they are written, queues with their members, steps of the dialplan, globals."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.config.settings import SwitchboardConfig
from gateway.doctor.asterisk_config import Sections, read_all, sections, text_of
from gateway.doctor.asterisk_files import CONTEXTS, JAIL
from gateway.doctor.asterisk_keys import GROUP, our_queues

SETS = frozenset({"general", "globals"})
"""Sections that are no context, or no queue."""
DATABASES = {
    "extconfig.conf": re.compile(r"^\s*ps_endpoints\s*=", re.M),
    "sorcery.conf": re.compile(r"^\s*endpoint\s*=\s*(?:realtime|odbc|curl)", re.M),
}
"""Files that send chan_pjsip elsewhere for its endpoints, and how."""
TEMPLATE = re.compile(r"^\[([^\[\]\n]+)\]\([^()\n!]*!", re.M)
"""The head of a section that is a template only."""


def shipped_name(name: str) -> str:
    """A context of ours by its name without the prefix, as it ships: ``from-trunk`` or ``onekey-from-trunk``."""
    return next((one for one in (f"onekey-{name}", name) if one in CONTEXTS), name)


TRUNK, SEAT, ALONE, PREPARES, CITIZEN = (
    shipped_name("from-trunk"), shipped_name("from-seat"), "onekey-alone", "onekey-seat", shipped_name("from-pstn"),
)  # fmt: skip
"""Where a call over the trunk arrives, where a seat dials, where a caller without a person goes, what prepares a seat's phone, where a
citizen's call arrives."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an extension: ``application(data)``, and its label where it has one."""

    exten: str
    label: str
    application: str
    data: str


@dataclass(frozen=True, slots=True)
class Phone:
    """An endpoint: its values by name, the last of each, and the variables that it sets on its channels."""

    name: str
    values: dict[str, str]
    variables: dict[str, str]

    def says(self, name: str, otherwise: str) -> str:
        """A value in lower case."""
        return self.values.get(name, otherwise).lower()

    @property
    def has_keys(self) -> bool:
        """True where it has the keys of onekey."""
        return GROUP in self.variables.get("DYNAMIC_FEATURES", "").split("#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Files of one switchboard. ``elsewhere``: files that send it to a database for its endpoints; those are not in ``phones``."""

    board: SwitchboardConfig
    folder: Path
    read: dict[str, Sections]
    globals_: dict[str, str]
    phones: dict[str, Phone]
    queues: dict[str, dict[str, str]]
    members: dict[str, tuple[str, ...]]
    elsewhere: tuple[str, ...] = ()
    dynamic: bool = False
    """True where members may come that no file names: by AddQueueMember, by AMI (``seats`` of the site's file), from a database."""
    contexts: dict[str, tuple[Step, ...]] = field(default_factory=dict)

    @property
    def seats(self) -> dict[str, Phone]:
        """Phones that are seats: members of its queues, and whoever has a sign of one, a key, a name, the jail of the transfer button."""
        ours = self.our_queues
        members = {one.removeprefix("PJSIP/") for name, some in self.members.items() if name in ours for one in some}
        return {name: phone for name, phone in self.phones.items() if name in members or self._is_seat(phone)}

    def _is_seat(self, phone: Phone) -> bool:
        signs = phone.has_keys or "ONEKEY_SEAT" in phone.variables or phone.variables.get("TRANSFER_CONTEXT") == JAIL
        named = any(fnmatch.fnmatchcase(phone.name, pattern) for pattern in self.board.seats)
        return signs or named or phone.says("context", "") == SEAT

    @property
    def systemname(self) -> str:
        """The name of this Asterisk, with which its ids begin; empty where it has none."""
        return dict(read_conf(self.folder, "asterisk.conf").get("options", [])).get("systemname", "")

    @property
    def our_queues(self) -> set[str]:
        """Queues that are onekey's business."""
        return our_queues(self.read["queues"], self.read["pjsip"], self.board.queues)

    def place(self, file: str) -> str:
        """A file's path, for a finding."""
        return str(self.folder / file)

    def expanded(self, text: str) -> str:
        """A text with the globals that it names in their places, as far as they are known; two rounds, for those that name others."""
        for _ in range(2):
            text = re.sub(r"\$\{(\w+)\}", lambda match: self.globals_.get(match[1], match[0]), text)
        return text


def picture(board: SwitchboardConfig, folder: Path) -> Picture:
    """The picture of ``folder``, an Asterisk's etc. A file that cannot be read counts as empty: ``asterisk_files`` tells of it."""
    read = read_all(folder, [])
    templates = templates_of(folder)
    phones = {
        name: phone(name, values) for name, values in read["pjsip"].items() if is_endpoint(name, values, templates)
    }
    queues = {name: values for name, values in read["queues"].items() if name not in {*SETS, *templates["queues"]}}
    steps = {name: tuple(steps_of(values)) for name, values in read["extensions"].items() if name not in SETS}
    adds = any(step.application == "addqueuemember" for some in steps.values() for step in some)
    database = bool(re.search(r"^\s*queue_members\s*=", uncommented(text_of(folder, "extconfig.conf")), re.M))
    return Picture(
        board=board,
        folder=folder,
        read=read,
        globals_=dict(read["extensions"].get("globals", [])),
        phones=phones,
        queues={name: dict(values) for name, values in queues.items()},
        members={name: tuple(members_of(values)) for name, values in queues.items()},
        elsewhere=tuple(database_files(folder)),
        dynamic=adds or database or bool(board.seats),
        contexts=steps,
    )


def database_files(folder: Path) -> Iterator[str]:
    """Files that send chan_pjsip to a database for its endpoints."""
    for name, pattern in DATABASES.items():
        if pattern.search(uncommented(text_of(folder, name))):
            yield name


def uncommented(text: str) -> str:
    """A file without its comments."""
    return re.sub(r"(?<!\\);.*", "", text)


def templates_of(folder: Path) -> dict[str, set[str]]:
    """Names of sections that are templates only, by file."""
    names = ("pjsip", "pjsip_wizard", "queues")
    found = {name: set(TEMPLATE.findall(text_of(folder, f"{name}.conf"))) for name in names}
    return {"pjsip": found["pjsip"] | found["pjsip_wizard"], "queues": found["queues"]}


def is_endpoint(name: str, values: Iterable[tuple[str, str]], templates: dict[str, set[str]]) -> bool:
    """True where a section of pjsip.conf is somebody who may speak SIP."""
    return ("type", "endpoint") in values and name not in templates["pjsip"]


def phone(name: str, values: list[tuple[str, str]]) -> Phone:
    """An endpoint of a section's lines."""
    pairs = (value.partition("=") for word, value in values if word == "set_var")
    return Phone(name, dict(values), {word.strip(): value.strip() for word, _, value in pairs})


def members_of(values: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Interfaces of a queue's static members."""
    for word, value in values:
        if word == "member":
            yield value.split(",")[0].strip()


def steps_of(values: Iterable[tuple[str, str]]) -> Iterator[Step]:
    """Steps of a context; ``include`` is a step, too: it leads on."""
    exten = ""
    for word, whole in values:
        value = whole
        if word == "include":
            yield Step("", "", "include", whole.split(",")[0].strip())
            continue
        if word == "exten":
            name, _, value = whole.partition(",")
            exten = name.strip()
        elif word != "same":
            continue
        head, comma, call = value.partition(",")
        if not comma:
            continue  # a hint
        label = re.search(r"\(([\w-]+)\)", head)
        application, _, data = call.strip().partition("(")
        yield Step(exten, label[1] if label else "", application.strip().lower(), data.rpartition(")")[0])


def arguments(data: str) -> list[str]:
    """Arguments of an application: commas within brackets divide nothing."""
    parts, depth = [""], 0
    for sign in data:
        depth += (sign in "({[") - (sign in ")}]")
        if sign == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def leads_to(contexts: dict[str, tuple[Step, ...]], name: str) -> set[str]:
    """Contexts that a context leads to, by jumps, subs and includes, through others too; itself among them."""
    found, left = {name}, [name]
    while left:
        for step in contexts.get(left.pop(), ()):
            for word in set(re.findall(r"[\w-]+", step.data)) & contexts.keys():
                if word not in found:
                    found.add(word)
                    left.append(word)
    return found


def read_conf(folder: Path, name: str) -> Sections:
    """A further file of the folder; empty where there is none."""
    return sections(text_of(folder, name))
