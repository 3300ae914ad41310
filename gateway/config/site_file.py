"""The configuration read: a site's TOML file, or the descriptor of a running lab."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from pathlib import Path

from pydantic import ValidationError

from gateway.config import texts
from gateway.config.settings import (
    KEEP_DAYS,
    SECRETS_MIN,
    Config,
    ConfigError,
    PeerConfig,
    PushTarget,
    SwitchboardConfig,
    site_path,
)
from gateway.config.site_tables import DEFAULTS, SiteTable, SwitchboardTable
from gateway.config.toml_lines import lines_of
from gateway.config.toml_problems import problems_of
from gateway.config.toml_values import Reading
from gateway.durable_file import give_to_owner, sync_folder
from gateway.guards.door_limits import LEAST, SPANS, DoorLimits


def load(path: Path) -> Config:
    """Read a site's TOML file. Raises ConfigError with every error in it."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Notepad writes a mark before it
        raw = tomllib.loads(text)
    except FileNotFoundError:
        remedy = texts.COPY_THE_EXAMPLE
        raise ConfigError(str(path), [("file", texts.NO_SUCH_FILE, remedy)]) from None
    except (OSError, UnicodeDecodeError) as error:
        what = texts.CANNOT_READ(error=error)
        raise ConfigError(str(path), [("file", what, texts.CHECK_RIGHTS_AND_ENCODING)]) from None
    except tomllib.TOMLDecodeError as error:
        what = texts.NOT_VALID_TOML(error=error)
        raise ConfigError(str(path), [("file", what, texts.COMPARE_THE_EXAMPLE)]) from None
    try:
        site = SiteTable.model_validate(raw, context=Reading(path.parent))
    except ValidationError as error:
        raise ConfigError(str(path), problems_of(error, SiteTable, lines_of(text))) from None
    return _config(site, path)


def from_lab(path: Path) -> Config:
    """The configuration for a running lab, from its ``lab.json``."""
    try:
        lab = json.loads(path.read_text(encoding="utf-8"))
        folder = Path(lab["dir"])
        boards = tuple(
            SwitchboardConfig(
                id=id_,
                host=board["ami"]["host"],
                port=board["ami"]["port"],
                username=board["ami"]["user"],
                secret=board["ami"]["secret"],
                queues=(board["queue"],),
                folder=Path(board["dir"]) / "etc",
                plan_folder=Path(board["dir"]) / "etc",
                seats=tuple(seat["number"] for seat in board.get("seats", ())),
            )
            for id_, board in lab["switchboards"].items()
        )
        return Config(
            switchboards=boards,
            run_dir=folder,
            rules=Path(lab.get("rules") or site_path("transfer_rules.yaml")),
            store=folder / "onekey.db",
            signing_key=signing_key(folder / "signing.key"),
            api_host=lab["api"]["host"],
            api_port=lab["api"]["port"],
            api_token=lab["api"]["token"],
            api_public_url=f"http://{lab['api']['host']}:{lab['api']['port']}",
            call_info=True,
            tape=folder / "tape.jsonl",
            tape_daily=False,
            name=f"lab {lab['name']}",
        )
    except FileNotFoundError:
        remedy = texts.RUN_ONEKEY_LAB_UP_FIRST
        raise ConfigError(str(path), [("lab", texts.NO_LAB_IS_UP, remedy)]) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = texts.RUN_ONEKEY_LAB_DOWN
        raise ConfigError(str(path), [("lab", texts.DAMAGED(error=error), remedy)]) from None


def signing_key(path: Path) -> bytes:
    """The site's signing key, 32 random bytes made with mode 0600 on first use. Raises ConfigError if it cannot be had."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(descriptor)
            give_to_owner(path)
            sync_folder(path.parent)  # what it has signed must not outlive it
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        what = texts.SIGNING_KEY_CANNOT_BE_USED(error=error)
        raise ConfigError(str(path), [("signing_key", what, texts.CHECK_RIGHTS)]) from None
    if len(key) < 16:
        what = texts.SIGNING_KEY_IS_TOO_SHORT
        raise ConfigError(str(path), [("signing_key", what, texts.DELETE_IT_A_NEW)])
    return key


def old_key(path: Path) -> bytes:
    """A signing key that signed before; it must be there."""
    if not path.exists():
        what = texts.NO_SUCH_OLD_SIGNING_KEY
        raise ConfigError(str(path), [("signing_keys_old", what, texts.CHECK_THE_PATH)])
    return signing_key(path)


def _config(site: SiteTable, path: Path) -> Config:
    """The configuration that a file without errors means: its paths are meant from its own folder."""
    here = path.parent
    run_dir = here / site.run_dir
    limits, retention, secrets_min = site.limits.model_dump(), site.retention.model_dump(), site.secrets.model_dump()
    url = site.store if site.store.startswith(("redis://", "rediss://", "unix://")) else ""
    return Config(
        switchboards=tuple(_switchboard(board, here) for board in site.switchboards),
        run_dir=run_dir,
        rules=here / site.rules,
        store=here / site.store if site.store and not url else run_dir / "onekey.db",
        store_url=url,
        signing_key=signing_key(here / site.signing_key if site.signing_key else run_dir / "signing.key"),
        signing_keys_old=tuple(old_key(here / name) for name in site.signing_keys_old),
        heartbeat_s=site.api.heartbeat_s,
        push=tuple(
            PushTarget(
                switchboard=one.switchboard,
                url=one.url,
                secret=(one.secret or "").encode(),
                full=one.full,
                format=one.format,
                ca=here / one.ca_file if one.ca_file else None,
            )
            for one in site.push
        ),
        peers=tuple(
            PeerConfig(
                switchboard=one.switchboard,
                url=one.url,
                token=one.token or "",
                secret=(one.secret or "").encode(),
                full=one.full,
                ca=here / one.ca_file if one.ca_file else None,
            )
            for one in site.peers
        ),
        work_order=here / site.work_order if site.work_order else DEFAULTS.work_order,
        keep_days={name: retention[f"{name}_days"] for name in KEEP_DAYS},
        api_host=site.api.host,
        api_port=site.api.port,
        api_token=site.api.token or "",
        tape=here / site.tape if site.tape else None,
        wrap_up_s=dict(site.wrap_up_s),
        groups={name: tuple(seats) for name, seats in site.groups.items()},
        seat_names=dict(site.seat_names),
        metrics_by_seat=site.metrics.by_seat,
        name=site.name,
        zone=site.zone,
        api_public_url=site.api.public_url,
        call_info=site.api.call_info,
        door=DoorLimits(**{key: limits.pop(key) for key in (*SPANS, *LEAST)}, trusted_proxies=site.api.trusted_proxies),
        secrets_min={name: secrets_min[f"{name}_min"] for name in SECRETS_MIN},
        **limits,
    )


def _switchboard(board: SwitchboardTable, here: Path) -> SwitchboardConfig:
    return SwitchboardConfig(
        id=board.id,
        host=board.host,
        port=board.port,
        username=board.username,
        secret=board.secret or "",
        queues=board.queues,
        folder=here / board.folder if board.folder else None,
        plan_folder=here / board.plan_folder if board.plan_folder else None,
        trunks=dict(board.trunks),
        seats=board.seats,
    )
