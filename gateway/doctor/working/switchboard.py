"""A switchboard's own values: its name, the globals that the dialplan reads, prompts, modules, and the account by which a gateway sees and acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gateway.config.settings import site_path
from gateway.doctor.asterisk_config import sections
from gateway.doctor.asterisk_media import loads
from gateway.doctor.findings import Finding
from gateway.doctor.working import texts
from gateway.doctor.working.picture import Picture, read_conf
from gateway.provisioning.prompts import prompt_texts

READS = ("system", "call", "user", "agent", "reporting")
"""Events that a gateway lives by: starts and stops, channels and bridges, presses, queues, devices."""
WRITES = ("originate", "call", "reporting", "agent", "message")
SECONDS = ("ONEKEY_RING_S", "ONEKEY_RETURN_S", "ONEKEY_DROP_S", "ONEKEY_UNREAD_MS", "ONEKEY_ID_MS")
"""Globals that the dialplan counts with: without a figure a target rings for ever, or not at all."""
SOUND_FORMATS = ("wav", "sln", "alaw", "ulaw", "gsm", "g722", "wav16", "sln16")


def found(seen: Picture, far: Iterable[Mapping[str, str]] = ()) -> Iterator[Finding]:
    """Findings about the switchboard itself. ``far``: globals of the other switchboards whose files are here."""
    yield from _name(seen, far)
    yield from _globals(seen)
    yield from _prompts(seen)
    yield from _account(seen)
    yield from _modules(seen)


def name_is_wrong(name: str, board: str, own: Mapping[str, str], far: Iterable[Mapping[str, str]]) -> bool:
    """True for a systemname by which a caller's home is not found. A site may have one of its own (``name`` of site.toml): it does where it is not
    another switchboard's and each other switchboard has a way home by it. ``own`` and ``far``: globals, as far as they are known."""
    if name == board:
        return False
    way = f"ONEKEY_HOME_{name}"
    return not name or bool(own.get(way)) or not all(globals_.get(way) for globals_ in far)


def _name(seen: Picture, far: Iterable[Mapping[str, str]]) -> Iterator[Finding]:
    if name_is_wrong(seen.systemname, seen.board.id, seen.globals_, far):
        what = texts.SYSTEMNAME(name=seen.systemname or "–", board=seen.board.id)
        remedy = texts.WRITE_IN_SECTION(name="options", line=f"systemname = {seen.board.id}")
        yield Finding("error", what, seen.place("asterisk.conf"), f"{remedy}{texts.AND_RESTART}")


def _globals(seen: Picture) -> Iterator[Finding]:
    yield from globals_wrong(seen.globals_, seen.board.id, seen.place("extensions.conf"))
    queue = seen.globals_.get("ONEKEY_QUEUE", "")
    if queue and queue not in seen.queues and not _queues_elsewhere(seen):
        what = texts.QUEUE_IS_NOT_THERE(queue=queue)
        yield Finding("error", what, seen.place("extensions.conf"), _one_of(seen))
    elif queue and queue not in seen.board.queues:
        what = texts.QUEUE_IS_NOT_OURS(queue=queue, board=seen.board.id)
        yield Finding("error", what, seen.place("extensions.conf"), _one_of(seen))


def _one_of(seen: Picture) -> str:
    return texts.WRITE_IN_SECTION(name="globals", line=f"ONEKEY_QUEUE = {next(iter(seen.board.queues), '…')}")


def _queues_elsewhere(seen: Picture) -> bool:
    """True where queues may stand in a database."""
    return any(name == "queues" for name, _ in read_conf(seen.folder, "extconfig.conf").get("settings", []))


def globals_wrong(held: dict[str, str], board: str, where: str) -> Iterator[Finding]:
    """Globals that are wrong, of files or of a running Asterisk."""
    if held.get("ONEKEY_HERE", "") != board:
        what = texts.HERE_IS_WRONG(value=held.get("ONEKEY_HERE") or "–", board=board)
        yield Finding("error", what, where, texts.WRITE_IN_SECTION(name="globals", line=f"ONEKEY_HERE = {board}"))
    if not held.get("ONEKEY_QUEUE"):
        line = f"ONEKEY_QUEUE = {board}"
        yield Finding("error", texts.NO_QUEUE_NAMED, where, texts.WRITE_IN_SECTION(name="globals", line=line))
    wrong = [name for name in SECONDS if not held.get(name, "").isdecimal()]
    if wrong:
        shipped = shipped_globals()
        lines = "; ".join(f"{name} = {shipped[name]}" for name in wrong)
        what = texts.NO_FIGURE(names=", ".join(wrong))
        yield Finding("error", what, where, texts.WRITE_IN_SECTION(name="globals", line=lines))


def shipped_globals() -> dict[str, str]:
    """Figures of the globals that ship: the defaults of the template."""
    text = site_path("asterisk-conf").joinpath("both/extensions.conf").read_text(encoding="utf-8")
    plain = re.sub(r"\{\{\s*\w+\s*\|\s*default\((\d+)\)\s*\}\}", r"\1", text)
    return dict(sections(plain).get("globals", []))


def _prompts(seen: Picture) -> Iterator[Finding]:
    """Prompts that a seat would not hear. Another machine's folder is another's to look at."""
    name = seen.globals_.get("ONEKEY_SOUNDS", "")
    where, remedy = seen.place("extensions.conf"), texts.MAKE_PROMPTS(folder=name or "/var/lib/asterisk/sounds/onekey")
    if not name:
        yield Finding("error", texts.NO_SOUNDS, where, remedy)
        return
    folder = Path(name)
    if not folder.is_absolute():
        folder = _data(seen) / "sounds" / "en" / name
    if not folder.is_dir():
        yield Finding("error", texts.SOUNDS_FOLDER_MISSING(folder=folder), where, remedy)
        return
    wanted = prompt_texts(site_path("asterisk-conf") / "prompts/zh.txt")
    missing = [one for one in wanted if not any((folder / f"{one}.{form}").is_file() for form in SOUND_FORMATS)]
    if missing:
        yield Finding("error", texts.PROMPTS_MISSING(names=", ".join(missing[:6])), str(folder), remedy)


def _data(seen: Picture) -> Path:
    directories = dict(read_conf(seen.folder, "asterisk.conf").get("directories", []))
    return Path(directories.get("astdatadir", directories.get("astvarlibdir", "/var/lib/asterisk")))


def _account(seen: Picture) -> Iterator[Finding]:
    """Rights of the gateway's account that it does not have."""
    where, manager = seen.place("manager.conf"), seen.read["manager"]
    values = dict(manager.get(seen.board.username, []))
    if not values:
        yield Finding(
            "error",
            texts.NO_ACCOUNT(account=seen.board.username),
            where,
            texts.ADD_ACCOUNT(account=seen.board.username),
        )
        return
    general = dict(manager.get("general", []))
    if general.get("timestampevents", "no").lower() != "yes":
        yield Finding(
            "warning", texts.NO_TIMESTAMPS, where, texts.WRITE_IN_SECTION(name="general", line="timestampevents = yes")
        )
    for kind, needed in (("read", READS), ("write", WRITES)):
        held = {right.strip() for right in values.get(kind, "").split(",")}
        missing = [right for right in needed if right not in held and "all" not in held]
        if missing:
            what = texts.ACCOUNT_LACKS(account=seen.board.username, kind=kind, rights=", ".join(missing))
            line = f"{kind} = {','.join(needed)}"
            yield Finding(
                "error",
                what,
                where,
                texts.WRITE_IN_SECTION(name=seen.board.username, line=line) + texts.AND_RELOAD_MANAGER,
            )


def needed_modules() -> list[str]:
    """Modules without which the dialplan that ships does not run; what is for the lab, for one codec or for sound alone is asked elsewhere."""
    text = site_path("asterisk-conf").joinpath("both/modules.conf").read_text(encoding="utf-8")
    loaded = [value for word, value in sections(text).get("modules", []) if word == "load"]
    return [name for name in loaded if name.startswith(("app_", "func_", "chan_", "res_pjsip", "bridge_", "pbx_"))]


SPARE = frozenset({
    "app_db.so", "func_db.so",  # told by asterisk_modules: keys work without them
    "func_module.so", "func_pjsip_contact.so", "res_pjsip_logger.so", "res_pjsip_path.so", "res_pjsip_nat.so", "res_pjsip_diversion.so",
    "res_pjsip_endpoint_identifier_user.so", "res_pjsip_endpoint_identifier_ip.so", "res_pjsip_outbound_authenticator_digest.so",
    "app_verbose.so", "app_waitforsilence.so", "bridge_builtin_interval_features.so",
})  # fmt: skip
"""Modules of that list without which a press works all the same."""


def _modules(seen: Picture) -> Iterator[Finding]:
    modules = seen.read["modules"]
    if not modules:
        return  # a file that cannot be read has been said
    missing = [name for name in needed_modules() if name not in SPARE and not loads(modules, name)]
    if missing:
        lines = "; ".join(f"load = {name}" for name in missing)
        what = texts.MODULES_MISSING(names=", ".join(missing[:8]))
        yield Finding(
            "error",
            what,
            seen.place("modules.conf"),
            texts.WRITE_IN_SECTION(name="modules", line=lines) + texts.AND_RESTART,
        )
