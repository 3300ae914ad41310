"""Doors of an Asterisk that a site leaves open and that nobody of it uses, as far as its files show: those are closed by files of ours.

Where somebody may use one, it stays open, and the doctor's warning with it: nothing that has worked for years stops working on our word.
"""

from __future__ import annotations

import re
from typing import Any

from gateway.installing.asterisk_tree import Section, Tree

ORDER = "ip,username,anonymous"
"""By what Asterisk knows who calls, where a site says nothing (``endpoint_identifier_order``)."""
_HINT = re.compile(r",\s*hint\s*,")
OTHER_DIALPLANS = ("extensions.ael", "extensions.lua", "users.conf")
"""Files in which a hint may stand that we do not read."""


def watched(tree: Tree) -> bool:
    """True where phones may watch others or their mailboxes: by ``SUBSCRIBE`` they learn of calls, which a pick-up takes over by ``Replaces``."""
    if any(tree.text(name).strip() for name in OTHER_DIALPLANS):
        return True
    if any(_HINT.search(line) for _, _, line in tree.lines("extensions.conf")):
        return True
    words = ("mailboxes", "subscribe_context", "endpoint/mailboxes", "endpoint/subscribe_context", "aor/mailboxes")
    lists = ("resource_list", "inbound-publication")
    return any(
        line.name in words or (line.name == "type" and line.value in lists)
        for file in ("pjsip.conf", "pjsip_wizard.conf")
        for section in tree.sections(file)
        for line in (*section.inherited, *section.own)
    )


def variables_are_read(tree: Tree) -> bool:
    """True where another program may read the event of each variable that is set: by AMI, by ARI, or by an application of Stasis."""
    for section in tree.sections("manager.conf"):
        rights = {word.strip().lower() for word in section.says("read").split(",")}
        if section.name != "onekey" and rights & {"all", "dialplan"}:
            return True
    if any(section.says("type") == "user" for section in tree.sections("ari.conf")):
        return True
    return any("Stasis(" in line for _, _, line in tree.lines("extensions.conf"))


def subscriptions_closed(tree: Tree) -> bool:
    """True where seats may be refused a ``SUBSCRIBE``: they have nothing to watch."""
    return tree.is_here and not watched(tree)


def stasis(tree: Tree) -> str | None:
    """Mark behind the section by which Asterisk publishes no variables; None where it is to be left alone."""
    if not tree.is_here or variables_are_read(tree):
        return None
    section = tree.section("stasis.conf", "declined_message_types")
    if section is None:
        return ""
    return None if "ast_channel_varset_type" in section.values("decline") else "(+)"


def replaces(tree: Tree) -> dict[str, Any]:
    """Values of the template: whether an INVITE that takes over a call is refused, and the lines of ``[global]`` that it needs."""
    left: dict[str, Any] = {"refused": False, "global_head": "", "global_lines": []}
    # A tree that is not here may have a [global]; of two Asterisk takes one.
    if not tree.is_here or watched(tree) or tree.section("sorcery.conf", "res_pjsip") is not None:
        return left
    caught = any(
        value.lower().startswith("replaces:")
        for section in tree.sections("pjsip.conf")
        for value in section.values("match_header")
    )
    if caught:
        return left
    found = _global(tree)
    before = found.says("endpoint_identifier_order", ORDER) if found is not None else ORDER
    others = [word for word in map(str.strip, before.split(",")) if word not in ("", "header")]
    lines = [("endpoint_identifier_order", ",".join(["header", *others]))]
    return left | {
        "refused": True,
        "global_head": "[global]" if found is None else f"[{found.name}](+type=global)",
        "global_lines": lines,
    }


def _global(tree: Tree) -> Section | None:
    return next((one for one in tree.sections("pjsip.conf") if one.says("type") == "global"), None)
