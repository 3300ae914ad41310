"""The index that contexts are found by (``search`` says how), kept in step with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from gateway.core.messages.records import ContextRow
from gateway.core.values.numbers import normalised
from gateway.store.search import text_of, tokens, words_of
from gateway.store.sqlite.bulk_insert import Row, write

_json = msgspec.json.Encoder().encode
_KNOWN = "select id, n, tail, words, text from context_index where id in (select value from json_each(?))"
_CHANGE = """
update context_index set words = new.column2, text = new.column3 from (values(*)) as new where n = new.column1
"""


def index(connection: sqlite3.Connection, rows: Iterable[ContextRow]) -> None:
    """Keep what these contexts, each once, are found by. Most versions change nothing of it: what differs is written."""
    now = {row.id: (row.arrived_at, normalised(row.caller_number)[::-1], words_of(row), text_of(row)) for row in rows}
    known = {id_: old for id_, *old in connection.execute(_KNOWN, (_json(list(now)),))}
    new: list[Row] = []
    changed: list[Row] = []
    for id_, (arrived_at, tail, words, text) in now.items():
        if (old := known.get(id_)) is None:
            new.append((None, id_, arrived_at, tail, "\n".join(words), text))
        elif old[2:] != ["\n".join(words), text]:
            changed.append((old[0], "\n".join(words), text))
        if old is not None and old[1] != tail:
            connection.execute("update context_index set tail = ? where n = ?", (tail, old[0]))
    write(connection, _CHANGE, changed)
    for id_, n in write(connection, "insert into context_index values(*) returning id, n", new):
        known[id_] = [n, "", "", ""]
    _words(connection, [(n, joined, now[id_][2]) for id_, (n, _, joined, _) in known.items()])
    _texts(connection, [(n, text, now[id_][3]) for id_, (n, _, _, text) in known.items()])


def _words(connection: sqlite3.Connection, found: Iterable[tuple[int, str, tuple[str, ...]]]) -> None:
    """The words of each, ``before`` as they are kept and after."""
    gone: list[Row] = []
    new: list[Row] = []
    for n, joined, words in found:
        before = set(joined.split("\n")) - {""}
        gone += [(word, n) for word in sorted(before - set(words))]
        new += [(word, n) for word in words if word not in before]
    connection.executemany("delete from context_word where word = ? and n = ?", gone)
    write(connection, "insert or ignore into context_word values(*)", new)


def _texts(connection: sqlite3.Connection, found: Iterable[tuple[int, str, str]]) -> None:
    """The text of each, before and after."""
    differ = [(n, before, after) for n, before, after in found if before != after]
    connection.executemany("delete from context_text where rowid = ?", [(n,) for n, before, _ in differ if before])
    rows = [(n, " ".join(tokens(after))) for n, _, after in differ if after]
    write(connection, "insert into context_text(rowid, tokens) values(*)", rows)
