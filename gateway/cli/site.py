"""The command line's ``onekey site``: what a site's Asterisks need, written from its own names, compared with its files, and laid beside them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import texts

if TYPE_CHECKING:
    from gateway.config.site_answers import Answers, BoardAnswers
    from gateway.installing.difference import Lack


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey site``."""
    commands = parser.add_subparsers(required=True)
    for name, function, help_ in (
        ("init", _init, texts.EVERYTHING_THAT_A_SITE_NEEDS),
        ("diff", _diff, texts.WHAT_A_SITE_LACKS),
        ("apply", _apply, texts.LAY_BESIDE),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument("folder", type=Path, metavar="DIR", help=texts.FOLDER_OF_THE_SITE)
        command.set_defaults(command=function)
        if name == "init":
            command.add_argument(
                "--answers",
                type=Path,
                metavar="TOML",
                help=texts.INSTEAD_OF_QUESTIONS,
            )
            command.add_argument(
                "--sounds",
                type=Path,
                metavar="DIR",
                help=texts.PROMPTS_OF_YOUR_OWN,
            )


def _init(arguments: argparse.Namespace) -> None:
    from gateway.config import site_answers
    from gateway.config.settings import site_path
    from gateway.durable_file import write_whole
    from gateway.installing import site_folder
    from gateway.installing.first_rules import first_rules
    from gateway.lab.boards import keys_of
    from gateway.rules import file as rules_file

    folder: Path = arguments.folder
    path = folder / "site.toml"
    if arguments.answers is not None and arguments.answers.resolve() != path.resolve():
        text = arguments.answers.read_text(encoding="utf-8")
        site_answers.load(arguments.answers)
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif not path.exists():
        _ask(path)
    answers = site_answers.load(path)
    own, example = folder / "transfer_rules.yaml", site_path("transfer_rules.yaml")
    if not own.exists():
        text = first_rules(
            answers, rules_file.load(example), example.read_text(encoding="utf-8"), site_path("asterisk-conf")
        )
        write_whole(own, text.encode(), 0o640)
    rules = rules_file.load(own)
    shipped = site_folder.Shipped(site_path("asterisk-conf"), site_path("dialplan"), example)
    site_folder.write(folder, answers, rules, keys_of(rules.keys), shipped=shipped, say=print, sounds=arguments.sounds)
    _show(folder, answers)


def _ask(path: Path) -> None:
    from gateway.core.values.fault import Fault
    from gateway.installing import questions

    if not sys.stdin.isatty():
        raise Fault(texts.NO_ANSWERS, str(path), texts.WRITE_ANSWERS)

    def ask(question: str, proposal: str) -> str:
        return input(f"{question} [{proposal}]: " if proposal else f"{question}: ").strip() or proposal

    text = questions.asked(ask)
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _lacking(folder: Path, answers: Answers) -> list[tuple[BoardAnswers, list[Lack]]]:
    from gateway.installing import difference
    from gateway.installing.asterisk_tree import Tree
    from gateway.installing.kept_secrets import KeptSecrets
    from gateway.installing.snippets import trunks_of, wanted

    kept = KeptSecrets(folder / "secrets")
    found = []
    for board in answers.switchboards:
        values = wanted(Tree(Path(board.tree)), board, trunks_of(answers, board, kept))
        found.append((board, difference.lacking(folder / board.id, board, values)))
    return found


def _show(folder: Path, answers: Answers) -> int:
    """Say what is lacking; how much."""
    from gateway.installing.words import shown

    found = _lacking(folder, answers)
    for board, lacks in found:
        print("\n".join(shown(board.id, lacks)))
    return sum(len(lacks) for _, lacks in found)


def _diff(arguments: argparse.Namespace) -> int:
    from gateway.config import site_answers

    return int(_show(arguments.folder, site_answers.load(arguments.folder / "site.toml")) > 0)


def _apply(arguments: argparse.Namespace) -> int:
    from gateway.config import site_answers
    from gateway.installing import difference
    from gateway.installing.words import changed

    answers = site_answers.load(arguments.folder / "site.toml")
    for board in answers.switchboards:
        for line in changed(board.id, difference.apply(arguments.folder / board.id, board)):
            print(line)
    return int(_show(arguments.folder, answers) > 0)
