"""Questions to whoever installs, each with what the site's own files answer already; the answers as the text of ``site.toml``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.installing import texts
from gateway.installing.asterisk_tree import Tree

Ask = Callable[[str, str], str]
"""``ask(question, proposal)``: what was typed, or the proposal where nothing was."""


def members(tree: Tree, queues: list[str]) -> list[str]:
    """Endpoints that are members of queues."""
    found = [
        match[1]
        for section in tree.sections("queues.conf")
        if section.name in queues
        for value in section.values("member")
        if (match := re.match(r"PJSIP/([^,]+)", value))
    ]
    return list(dict.fromkeys(found))


def queues_of(tree: Tree) -> list[str]:
    """Queues with members."""
    sections = tree.sections("queues.conf")
    return [one.name for one in sections if one.name != "general" and not one.is_template and one.values("member")]


def others(tree: Tree, seats: list[str]) -> list[str]:
    """Endpoints that are no seats: lines and trunks."""
    found = [one.name for one in tree.sections("pjsip.conf") if not one.is_template and one.says("type") == "endpoint"]
    found += [
        one.name for one in tree.sections("pjsip_wizard.conf") if not one.is_template and one.says("type") == "wizard"
    ]
    return [name for name in dict.fromkeys(found) if name not in seats]


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def asked(ask: Ask) -> str:
    """Ask for everything; the text of ``site.toml``."""
    boards = [_board(ask, ask(texts.ASK_ID, "12345"), "/etc/asterisk", "127.0.0.1")]
    peers: list[dict[str, Any]] = []
    while peer := ask(texts.ASK_PEER, "110" if len(boards) + len(peers) == 1 else ""):
        first = boards[0]
        free = [one for one in others(Tree(Path(first["tree"])), first["seats"]) if one not in first["trunks"].values()]
        first["trunks"][peer] = ask(texts.ASK_TRUNK(peer=peer), free[0] if len(free) == 1 else "")
        if ask(texts.ASK_SAME_GATEWAY(peer=peer), "n").lower().startswith("y"):
            tree = ask(texts.ASK_PEER_TREE(peer=peer), "/etc/asterisk")
            board = _board(ask, peer, tree, ask(texts.ASK_AMI(peer=peer), "127.0.0.1"))
            board["trunks"][first["id"]] = ask(texts.ASK_TRUNK(peer=first["id"]), "")
            boards.append(board)
        else:
            peers.append({"id": peer, "url": ask(texts.ASK_PEER_URL(peer=peer), "")})
    boards[0]["lines"] = _list(ask(texts.ASK_LINES, ",".join(boards[0]["lines"])))
    pairs = (pair.partition("=") for pair in _list(ask(texts.ASK_DIALS, "")))
    boards[0]["dials"] = {target.strip(): dial.strip() for target, _, dial in pairs}
    tables = [("[[switchboards]]", board) for board in boards] + [("[[peers]]", peer) for peer in peers]
    return "\n".join(
        line
        for header, values in tables
        for line in (
            header,
            *(f"{key} = {_toml(value)}" for key, value in values.items() if value not in ("", [], {})),
            "",
        )
    )


def _board(ask: Ask, id_: str, proposed: str, host: str) -> dict[str, Any]:
    folder = ask(texts.ASK_TREE, proposed) if proposed == "/etc/asterisk" else proposed
    tree = Tree(Path(folder))
    queues = _list(ask(texts.ASK_QUEUES, ",".join(queues_of(tree))))
    seats = _list(ask(texts.ASK_SEATS, ",".join(members(tree, queues))))
    takes = ask(texts.ASK_TAKES, queues[0] if queues else "")
    values: dict[str, Any] = {
        "id": id_,
        "tree": folder,
        "ami_host": host,
        "queues": queues,
        "seats": seats,
        "takes": takes,
    }
    return {**values, "lines": [], "trunks": {}, "dials": {}}


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {json.dumps(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
