"""The difference between a site's files and what ``onekey site init`` has written: files, lines that include them, and what only a person can change."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.config.site_answers import BoardAnswers
from gateway.durable_file import write_whole
from gateway.installing import texts
from gateway.installing.asterisk_tree import Tree
from gateway.installing.snippets import FOLDER, Values, dialled, extensions_of, seat_contexts

PLAN = "onekey-plan.conf"
"""The gateway writes it anew while it runs."""
SHOWN_MAX = 4
"""Names of files in one finding."""
BEFORE = ".before-onekey"
"""Behind the name of a file of the site's that ``apply`` has added a line to: as it was."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing. ``by_hand``: only a person can do it."""

    what: str
    where: str
    remedy: str
    by_hand: bool = False


def lacking(written: Path, board: BoardAnswers, wanted: dict[str, Values]) -> list[Lack]:
    """Everything that a switchboard's tree lacks. ``written`` is its folder of ``onekey site init``. Raises OSError."""
    tree = Tree(Path(board.tree))
    if not tree.is_here:
        copy = texts.COPY_TO_THE_MACHINE(folder=written, tree=board.tree)
        return [Lack(texts.TREE_IS_NOT_HERE(tree=board.tree), board.tree, copy, by_hand=True)]
    return [
        *_files(written, tree),
        *_includes(written, tree),
        *_queues(tree, board),
        *_taken_numbers(tree, board),
        *_unknown(tree, wanted),
    ]


def apply(written: Path, board: BoardAnswers) -> list[str]:
    """Copy the folder, and add the lines that include it; what each file was is kept beside it. Returns what has changed. Raises OSError."""
    tree = Tree(Path(board.tree))
    if not tree.is_here:
        return []
    copied = 0
    for file in _written(written):
        path = tree.folder / FOLDER / file
        if _same(written / FOLDER / file, path):
            continue
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
            path.parent.chmod(0o770)  # the gateway, of Asterisk's group, writes its plan there
            _owned(path.parent, tree.folder)
        write_whole(path, (written / FOLDER / file).read_bytes(), 0o640)
        _owned(path, tree.folder)
        copied += 1
    changed = [texts.COPIED(folder=tree.folder / FOLDER, count=copied)] if copied else []
    for missing in list(_includes(written, tree)):
        path = Path(missing.where)
        before = path.with_name(path.name + BEFORE)
        if path.exists() and not before.exists():
            shutil.copy2(path, before)
        text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
        end = "" if not text or text.endswith("\n") else "\n"
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o640
        write_whole(path, f"{text}{end}\n{missing.remedy}\n".encode("utf-8", "surrogateescape"), mode)
        _owned(path, tree.folder)
        changed.append(str(path))
    return changed


def _owned(path: Path, like: Path) -> None:
    """Give a file to whoever owns the site's ``extensions.conf``: Asterisk must read it."""
    if os.geteuid() == 0:
        owner = (like / "extensions.conf").stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _written(written: Path) -> list[str]:
    return sorted(str(path.relative_to(written / FOLDER)) for path in (written / FOLDER).rglob("*") if path.is_file())


def _same(ours: Path, theirs: Path) -> bool:
    if theirs.name == PLAN:
        return theirs.exists()
    return theirs.exists() and theirs.read_bytes() == ours.read_bytes()


def _files(written: Path, tree: Tree) -> Iterator[Lack]:
    """One finding for all files: they are copied together."""
    unlike = [file for file in _written(written) if not _same(written / FOLDER / file, tree.folder / FOLDER / file)]
    if unlike:
        shown = ", ".join(unlike[:SHOWN_MAX]) + (" …" if len(unlike) > SHOWN_MAX else "")
        what = texts.FILES_DIFFER(count=len(unlike), shown=shown)
        yield Lack(what, str(tree.folder / FOLDER), f"cp -r {written / FOLDER} {tree.folder}/")


def _includes(written: Path, tree: Tree) -> Iterator[Lack]:
    for path in sorted((written / FOLDER).glob("*.conf")):
        # asterisk.conf is read before Asterisk knows its folder
        place = tree.folder / FOLDER if path.name == "asterisk.conf" else Path(FOLDER)
        said = {
            line.split(";")[0].removeprefix("#include").strip(' \t"<>') for line in tree.text(path.name).splitlines()
        }
        if path.name != PLAN and not said & {f"{FOLDER}/{path.name}", str(tree.folder / FOLDER / path.name)}:
            yield Lack(texts.LINE_IS_MISSING, str(tree.folder / path.name), f'#include "{place / path.name}"')


def _arguments(line: str, call: str) -> list[str]:
    """The arguments of an application in a line of the dialplan; none where it is not called. A comma in brackets parts nothing."""
    before, found, rest = line.partition(call)
    if not found or before[-1:].isalnum():
        return []
    depth, arguments = 0, [""]
    for sign in rest:
        if sign == ")" and depth == 0:
            break
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += sign
    return [argument.strip() for argument in arguments]


def _queues(tree: Tree, board: BoardAnswers) -> Iterator[Lack]:
    """A queue's callers must be known before it, and have somebody behind it."""
    reached = set()
    for file, number, line in tree.lines("extensions.conf"):
        jump, call = _arguments(line, "Goto("), _arguments(line, "Queue(")
        if jump[:1] == ["onekey-hotline"]:
            reached.add(board.target_queue if jump[1:2] == ["s"] else "".join(jump[1:2]))
        if not call or call[0] not in board.queues:
            continue
        queue, options = call[0], "".join(call[1:2])
        reached.add(queue)
        # what stands in brackets is an option's own
        letters = "".join(part.rpartition(")")[2] for part in options.split("("))
        if not ("c" in letters and "b(onekey-seat" in options):
            head = line[: line.index("Queue(")]
            remedy = texts.INSTEAD_OF_THE_QUEUE(line=f"{head}Goto(onekey-hotline,{queue},1)", was=line)
            yield Lack(texts.QUEUE_LOSES_ITS_CALLERS(queue=queue), f"{file}:{number}", remedy, by_hand=True)
    for queue in board.queues:
        if queue not in reached and queue != board.target_queue:
            remedy = f" same => n,Goto(onekey-hotline,{queue},1)"
            yield Lack(
                texts.NOBODY_ENTERS_THE_QUEUE(queue=queue), str(tree.folder / "extensions.conf"), remedy, by_hand=True
            )
    known = {section.name for section in tree.sections("queues.conf")}
    for queue in board.queues:
        if queue not in known:
            yield Lack(
                texts.NO_SUCH_QUEUE(queue=queue), str(tree.folder / "queues.conf"), texts.MEND_SITE_TOML, by_hand=True
            )


def _taken_numbers(tree: Tree, board: BoardAnswers) -> Iterator[Lack]:
    """Targets that the seats' own context dials itself."""
    ours = dialled(tree, board)
    for context in seat_contexts(tree, board):
        for number in sorted(set(board.ways) & extensions_of(tree, context) - set(ours.get(context, ()))):
            line = f"exten => {number},1,Goto(onekey-from-seat,{number},1)"
            what = texts.CONTEXT_DIALS_ITSELF(context=context, number=number)
            yield Lack(what, str(tree.folder / "extensions.conf"), line, by_hand=True)


def _unknown(tree: Tree, wanted: dict[str, Values]) -> Iterator[Lack]:
    """Endpoints that stand in no file: in a database, or nowhere."""
    for name, values in wanted.items():
        if tree.endpoint(name) is None:
            lines = "\n".join(f"        {key} = {value}" for key, value in values)
            yield Lack(
                texts.ENDPOINT_STANDS_NOWHERE(name=name),
                str(tree.folder / "pjsip.conf"),
                texts.SET_THERE(lines=lines),
                by_hand=True,
            )
