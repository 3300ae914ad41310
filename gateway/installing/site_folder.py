"""The folder that ``onekey site init`` writes: the gateway's own configuration, and what is laid beside each Asterisk's.

Written anew by every further ``init``: each switchboard's ``onekey/``. Kept as it is: ``onekey.toml``, ``transfer_rules.yaml``, secrets, recordings.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.config.site_answers import Answers, PeerAnswers
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.fault import Fault
from gateway.debian.errors import LabError
from gateway.durable_file import let_group_read, write_whole
from gateway.installing import texts
from gateway.installing.kept_secrets import KeptSecrets
from gateway.installing.snippets import FOLDER, snippets
from gateway.provisioning import plan_file, prompts

SHEET = ("word_ours", "word_theirs", "signing_key", "push_secret")
"""Keys of the sheet that a site hands to another one, beside its id and address."""
PACKAGED_AT = Path("/etc/onekey")
"""Folder in which the Debian package has its configuration; what the gateway writes is elsewhere then."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """Places of what ships: ``asterisk-conf``, ``dialplan``, the example of the rules."""

    templates: Path
    dialplan: Path
    rules: Path


def write(
    folder: Path,
    answers: Answers,
    rules: RuleSet,
    keys: Iterable[Mapping[str, str]],
    *,
    shipped: Shipped,
    say: Callable[[str], None],
    sounds: Path | None = None,
) -> None:
    """Write all of it. ``sounds``: prompts that the site has recorded itself. Raises OSError, or Fault where the sheet of another site is of no use."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    kept, keys = KeptSecrets(folder / "secrets"), list(keys)
    for far in answers.peers:
        if far.sheet:
            _take_sheet(folder / far.sheet, answers, far, kept)
    ids = [board.id for board in answers.switchboards]
    for board in answers.switchboards:
        ours = folder / board.id / FOLDER
        shutil.rmtree(ours / "dialplan", ignore_errors=True)
        for stale in ours.glob("*.conf"):
            stale.unlink()
        (ours / "dialplan").mkdir(mode=0o750, parents=True)
        for path in sorted(shipped.dialplan.glob("*.conf")):
            shutil.copyfile(path, ours / "dialplan" / path.name)
        for name, text in snippets(shipped.templates, answers, board, keys, kept).items():
            write_whole(ours / name, text.encode())
        plan = plan_file.rendered(rules, board.id, [*ids, *(far.id for far in answers.peers)])
        write_whole(ours / plan_file.NAME, plan.encode(), 0o640)
        try:
            if sounds is not None:
                shutil.copytree(sounds, ours / "sounds", dirs_exist_ok=True)
            else:
                prompts.make(shipped.templates / "prompts/zh.txt", ours / "sounds", say)
        except LabError as error:
            say(str(error))
        say(texts.WRITTEN(folder=ours))
    write_whole(folder / "transfer_rules.example.yaml", shipped.rules.read_bytes(), 0o640)
    for name in ("transfer_rules.example.yaml", "transfer_rules.yaml", "site.toml"):
        let_group_read(folder / name)
    kept.get("api-token")
    kept.get("signing.key", 32)
    _keep(folder / "onekey.toml", configuration(folder, answers, kept).encode(), say)
    for far in answers.peers:
        if not far.sheet:
            _write_sheet(folder, answers, far, kept, say)


def _keep(path: Path, data: bytes, say: Callable[[str], None]) -> None:
    """A file that belongs to the site once it is there."""
    if path.exists():
        if path.read_bytes() != data:
            say(texts.KEPT(path=path))
        let_group_read(path)  # one of before, which root alone may read
        return
    write_whole(path, data, 0o640)
    let_group_read(path)
    say(texts.WRITTEN(folder=path))


def configuration(folder: Path, answers: Answers, kept: KeptSecrets) -> str:
    """``onekey.toml`` of the site."""
    run_dir = "/var/lib/onekey" if folder.resolve() == PACKAGED_AT and answers.run_dir == "run" else answers.run_dir
    head: dict[str, object] = {"name": answers.name, "run_dir": run_dir, "rules": "transfer_rules.yaml"}
    head |= {"signing_key": "secrets/signing.key", "tape": f"{run_dir}/tape.jsonl"}
    api: dict[str, object] = {"host": answers.api_host, "port": answers.api_port, "token_file": "secrets/api-token"}
    if answers.public_url:
        api |= {"public_url": answers.public_url, "call_info": True}
    tables: list[tuple[str, dict[str, object]]] = [("", head), ("[api]", api)]
    for board in answers.switchboards:
        kept.get(f"ami-{board.id}")
        table: dict[str, object] = {
            "id": board.id,
            "host": board.ami_host,
            "port": board.ami_port,
            "username": "onekey",
        }
        table |= {"secret_file": f"secrets/ami-{board.id}", "queues": list(board.queues), "seats": list(board.seats)}
        if board.trunks:
            table["trunks"] = {endpoint: peer for peer, endpoint in board.trunks.items()}
        if Path(board.tree).is_dir():
            table |= {"folder": board.tree, "plan_folder": f"{board.tree}/{FOLDER}"}
        tables.append(("[[switchboards]]", table))
    for far in answers.peers:
        secret = f"secrets/push-{far.id}"
        kept.get(f"push-{far.id}")
        tables.append(("[[push]]", {"switchboard": far.id, "url": f"{far.url}/v1/received", "secret_file": secret}))
        tables.append(("[[peers]]", {"switchboard": far.id, "secret_file": secret}))
    lines = ["# onekey site init; docs/install.md, onekey.example.toml"]
    for header, values in tables:
        lines += [*([header] if header else []), *(f"{key} = {_toml(value)}" for key, value in values.items()), ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


# --- a gateway at each switchboard -------------------------------------------------------------------------------------------


def _write_sheet(
    folder: Path, answers: Answers, far: PeerAnswers, kept: KeptSecrets, say: Callable[[str], None]
) -> None:
    """Write the sheet for another site: our address, the words of the trunk, the key by which ids are signed, the secret of pushes."""
    for board in answers.switchboards:
        if far.id not in board.trunks:
            continue
        values = {
            "id": board.id,
            "systemname": board.name,
            "url": answers.public_url or f"http://{answers.api_host}:{answers.api_port}",
            "word_ours": kept.get(f"word-{board.id}-{far.id}"),
            "word_theirs": kept.get(f"word-{far.id}-{board.id}"),
            "signing_key": kept.get("signing.key", 32),
            "push_secret": kept.get(f"push-{far.id}"),
        }
        path = folder / f"for-{far.id}.toml"
        write_whole(path, "".join(f"{key} = {_toml(value)}\n" for key, value in values.items()).encode())
        say(texts.SHEET(path=path, peer=far.id))


def _take_sheet(path: Path, answers: Answers, far: PeerAnswers, kept: KeptSecrets) -> None:
    """Keep what another site has handed to us as if it had been made here."""
    try:
        sheet = tomllib.loads(path.read_text(encoding="utf-8"))
        missing = [key for key in ("id", *SHEET) if not isinstance(sheet.get(key), str) or not sheet[key].isprintable()]
    except (OSError, ValueError) as error:
        raise Fault(texts.SHEET_DAMAGED(why=error), str(path), texts.ASK_FOR_IT) from None
    if missing or sheet["id"] != far.id:
        why = ", ".join(missing) or f"{sheet['id']} ≠ {far.id}"
        raise Fault(texts.SHEET_DAMAGED(why=why), str(path), texts.ASK_FOR_IT)
    for board in answers.switchboards:
        if far.id in board.trunks:
            kept.put(f"word-{far.id}-{board.id}", sheet["word_ours"])
            kept.put(f"word-{board.id}-{far.id}", sheet["word_theirs"])
    kept.put("signing.key", sheet["signing_key"])
    kept.put(f"push-{far.id}", sheet["push_secret"])
