"""The folder ``onekey/`` that is laid beside a site's own files, and the lines by which they include it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from gateway.config.site_answers import Answers, BoardAnswers
from gateway.installing import closed_doors
from gateway.installing.asterisk_tree import Tree
from gateway.installing.kept_secrets import KeptSecrets
from gateway.provisioning.features_file import by_first_sign

FOLDER = "onekey"
LEFT = ("set_var", "CHANNEL(hangup_handler_push)=onekey-left,s,1")
HOLD_S = 300
"""A phone on hold may be silent for long."""
Values = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Trunk:
    """An endpoint with another switchboard at its end: by which names that one is known, and the words that each says to the other."""

    peer: str
    endpoint: str
    names: tuple[str, ...]
    word_ours: str
    word_theirs: str


def trunks_of(answers: Answers, board: BoardAnswers, kept: KeptSecrets) -> list[Trunk]:
    """The trunks of a switchboard. Raises OSError where a word cannot be kept."""
    names = {other.id: other.name for other in answers.switchboards} | {far.id: far.name for far in answers.peers}
    return [
        Trunk(
            peer,
            endpoint,
            tuple(dict.fromkeys((peer, names.get(peer, peer)))),
            kept.get(f"word-{board.id}-{peer}"),
            kept.get(f"word-{peer}-{board.id}"),
        )
        for peer, endpoint in board.trunks.items()
    ]


def snippets(
    templates: Path, answers: Answers, board: BoardAnswers, keys: Iterable[Mapping[str, str]], kept: KeptSecrets
) -> dict[str, str]:
    """The files of a switchboard by name. What its tree already says decides what is added; where the tree is not here, it is taken for a stock
    one. Raises OSError."""
    tree, trunks = Tree(Path(board.tree)), trunks_of(answers, board, kept)
    hosts = [answers.public_url, *(far.url for far in answers.peers)]
    peer = next(iter(board.trunks), board.id)
    values: dict[str, Any] = {
        "board": board,
        "trunks": trunks,
        "trunk_at": board.trunk_at or trunk_at(tree, board),
        "globals_add": _add(tree, "extensions.conf", "globals"),
        "seat_contexts": seat_contexts(tree, board),
        "dialled": dialled(tree, board),
        "trunk_contexts": trunk_contexts(tree, board),
        "eido_hosts": [re.sub(r"^https?://([^/]+).*", r"\1", host) for host in hosts if host],
        "firsts": by_first_sign(keys, peer),
        "closed": tree.is_here and not manager_is_on(tree),
        "secret": kept.get(f"ami-{board.id}"),
        "permit": "127.0.0.0/255.0.0.0"
        if board.gateway_at.startswith("127.")
        else f"{board.gateway_at}/255.255.255.255",
        "modules": missing_modules(tree, templates),
    }
    found = {"extensions.conf": rendered(templates, "extensions.conf", values)}
    for name, section in (
        ("features.conf", "applicationmap"),
        ("manager.conf", "general"),
        ("modules.conf", "modules"),
    ):
        found[name] = rendered(templates, name, {**values, "add": _add(tree, name, section)})
    if systemname_differs(tree, board):
        found["asterisk.conf"] = rendered(
            templates, "asterisk.conf", {**values, "add": _add(tree, "asterisk.conf", "options")}
        )
    mark = closed_doors.stasis(tree)
    if mark is not None:
        found["stasis.conf"] = rendered(templates, "stasis.conf", {**values, "add": mark})
    values |= closed_doors.replaces(tree)
    for file, some in endpoints(tree, board, trunks).items():
        found[file] = rendered(templates, "pjsip.conf", {**values, "file": file, "endpoints": list(some.items())})
    return found


def rendered(templates: Path, name: str, values: Mapping[str, Any]) -> str:
    """A template of ``asterisk-conf/site`` with its values; a name that is not among them is an error."""
    options: dict[str, Any] = {"undefined": jinja2.StrictUndefined, "keep_trailing_newline": True, "trim_blocks": True}
    environment = jinja2.Environment(**options, lstrip_blocks=True, autoescape=False)  # noqa: S701 - not HTML
    return environment.from_string((templates / "site" / name).read_text(encoding="utf-8")).render(values)


def _add(tree: Tree, file: str, section: str) -> str:
    """Mark behind a section: whether it is added to, or begun: Asterisk loads no file that adds to one that is not there, and reads but the first of two."""
    return "(+)" if not tree.is_here or tree.section(file, section) is not None else ""


# --- what a tree says ---------------------------------------------------------------------------------------------------------


def manager_is_on(tree: Tree) -> bool:
    """True where a site's AMI is in use already."""
    general = tree.section("manager.conf", "general")
    return general is not None and general.says("enabled", "no").lower() in ("yes", "true", "on", "1")


def systemname_differs(tree: Tree, board: BoardAnswers) -> bool:
    """True where unique ids do not begin with the switchboard's name yet."""
    options = tree.section("asterisk.conf", "options")
    return options is None or options.says("systemname") != board.name


def missing_modules(tree: Tree, templates: Path) -> list[str]:
    """Modules of ours that a site's ``modules.conf`` does not load."""
    text = (templates / "both/modules.conf").read_text(encoding="utf-8")
    ours = re.findall(r"^load\s*=>?\s*(\S+\.so)", text, re.M)
    modules = tree.section("modules.conf", "modules")
    if modules is None:
        return []
    loaded, refused = set(modules.values("load")) | set(modules.values("preload")), set(modules.values("noload"))
    automatic = modules.says("autoload", "yes").lower() in ("yes", "true", "on", "1")
    return [name for name in ours if name in refused or not (automatic or name in loaded)]


def seat_contexts(tree: Tree, board: BoardAnswers) -> list[str]:
    """Contexts of the site's own in which its seats dial."""
    said = (tree.endpoint_says(seat, "context") for seat in board.seats)
    return list(dict.fromkeys(context for context in said if context and context != "onekey-from-seat"))


def trunk_contexts(tree: Tree, board: BoardAnswers) -> list[str]:
    """Contexts into which trunks have led so far."""
    said = (tree.endpoint_says(endpoint, "context") for endpoint in board.trunks.values())
    known = {section.name for section in tree.sections("extensions.conf")}
    return [context for context in dict.fromkeys(said) if context in known]


def trunk_at(tree: Tree, board: BoardAnswers) -> str:
    """Address at which calls of trunks come in: the address of their transport, where they have one of their own and it names one address."""

    def transport(name: str) -> str:
        return tree.endpoint_says(name, "transport")

    ours = {transport(endpoint) for endpoint in board.trunks.values()}
    if len(ours) != 1 or ours & {transport(name) for name in (*board.seats, *board.lines)}:
        return ""
    section = next(
        (one for one in tree.sections("pjsip.conf") if one.name in ours and one.says("type") == "transport"), None
    )
    bind = "" if section is None else section.says("bind")
    host, _, port = bind.rpartition(":") if re.search(r":\d+$", bind) else (bind, "", "5060")
    return "" if host in ("", "0.0.0.0", "[::]", "::") else f"{host}:{port}"  # noqa: S104 - not bound, compared


def extensions_of(tree: Tree, context: str) -> set[str]:
    """Numbers, not patterns, that a context of the site answers itself."""
    return {
        value.split(",")[0].strip()
        for section in tree.sections("extensions.conf")
        if section.name == context
        for value in section.values("exten")
        if ",hint," not in value.replace(" ", "")
    }


def dialled(tree: Tree, board: BoardAnswers) -> dict[str, list[str]]:
    """Targets and colleagues by the context in which seats dial them; what a context answers itself is left to it."""
    numbers = [*board.ways, *(number for number in board.colleagues if number not in board.ways)]
    known = {section.name for section in tree.sections("extensions.conf")}
    return {
        context: [number for number in numbers if number not in extensions_of(tree, context)]
        for context in seat_contexts(tree, board)
        if context in known
    }


# --- endpoints ----------------------------------------------------------------------------------------------------------------


def wanted(tree: Tree, board: BoardAnswers, trunks: Iterable[Trunk]) -> dict[str, Values]:
    """Lines that are added to each endpoint that can be with a caller."""
    silence: Values = (
        [("rtp_timeout", str(board.rtp_timeout_s)), ("rtp_timeout_hold", str(HOLD_S))] if board.rtp_timeout_s else []
    )
    found: dict[str, Values] = {seat: [*_seat(tree, seat), *silence] for seat in board.seats}
    for trunk in trunks:
        found[trunk.endpoint] = [*_trunk(trunk), *silence]
    dials = (part for dial in board.ways.values() for part in dial.split("&"))
    services = [match[1] for dial in dials if (match := re.fullmatch(r"PJSIP/(?:[^@/]+@)?([^@/]+)", dial))]
    for name in dict.fromkeys((*services, *board.lines)):
        if name in found:
            continue
        found[name] = [
            *([LEFT] if name in services else []),
            ("set_var", "FORWARD_CONTEXT=onekey-none"),
            ("message_context", "onekey-none"),
            ("allow_transfer", "no"),
            ("allow_subscribe", "no"),
            ("direct_media", "no"),
            *([("trust_id_outbound", "yes")] if name in services else []),
        ]
    return found


def _seat(tree: Tree, seat: str) -> Values:
    features = [name for name in tree.variable(seat, "DYNAMIC_FEATURES").split("#") if name and name != "onekey"]
    inband = tree.endpoint_says(seat, "dtmf_mode") in ("inband", "none")
    return [
        LEFT,
        ("set_var", f"DYNAMIC_FEATURES={'#'.join([*features, 'onekey'])}"),
        ("set_var", "TRANSFER_CONTEXT=onekey-refer"),
        ("set_var", "FORWARD_CONTEXT=onekey-forward"),
        ("set_var", f"ONEKEY_SEAT={seat}"),
        ("message_context", "onekey-none"),
        ("refer_blind_progress", "no"),
        ("direct_media", "no"),
        ("device_state_busy_at", "1"),
        ("trust_id_outbound", "yes"),
        ("send_pai", "yes"),
        ("send_connected_line", "yes"),
        *([("allow_subscribe", "no")] if closed_doors.subscriptions_closed(tree) else []),
        *([("dtmf_mode", "rfc4733")] if inband else []),
    ]


def _trunk(trunk: Trunk) -> Values:
    return [
        ("context", "onekey-from-trunk"),
        LEFT,
        ("set_var", f"ONEKEY_TRUNK={trunk.peer}"),
        ("set_var", "TRANSFER_CONTEXT=onekey-none"),
        ("set_var", "FORWARD_CONTEXT=onekey-none"),
        ("set_var", f"PJSIP_HEADER(add,X-Onekey-Trunk)={trunk.word_ours}"),
        ("message_context", "onekey-none"),
        ("allow_transfer", "no"),
        ("allow_subscribe", "no"),
        ("direct_media", "no"),
        ("trust_id_inbound", "yes"),
        ("trust_id_outbound", "yes"),
        ("send_pai", "yes"),
        ("send_connected_line", "yes"),
        ("moh_passthrough", "yes"),
        ("rtp_keepalive", "1"),
    ]


def endpoints(tree: Tree, board: BoardAnswers, trunks: Iterable[Trunk]) -> dict[str, dict[str, Values]]:
    """The same by the file in which each endpoint stands. One that stands in none, of which a database tells, is left out: Asterisk would not
    load a file that adds to it (``difference.unknown`` says so)."""
    found: dict[str, dict[str, Values]] = {"pjsip.conf": {}}
    for name, values in wanted(tree, board, trunks).items():
        place = tree.endpoint(name) if tree.is_here else ("pjsip.conf", None)
        if place is not None:
            found.setdefault(place[0], {})[name] = values
    return found
