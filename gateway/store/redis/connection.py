"""The writer's line to a Redis server: a transaction is carried out in its turn, or never.

A transaction whose answer is lost may still be under way, in a network that fails or before a server that stands. Carried out later it
would undo what came after it. So each begins with a fence: a key of this writer is written and watched, and answered, before the rest
is sent. ``EXEC`` does nothing once the key has been written again, by the next transaction of this writer, or has run out. Another
writer has a key of its own; a gateway that starts fences off all that came before it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec
import redis

from gateway.store import AnchorRow, StoreError, StoreRecord, texts

TIMEOUT_S = 1.0
"""Longest time for which a server may be silent. An edit that it has not begun by then it does not begin any more: whoever edits is told so."""
GROUP_S = 10.0
"""Longest time for which a group may be on its way: 2 MB on a slow line. What waits in the backlog meanwhile is acknowledged later only."""
AOF_MS = 5000
"""Longest time that an fsync may take before the group counts as not written."""
STARTS_MAX = 3
"""A fence may fall, because a gateway starts or a disk stalls: nothing has been done then, and the transaction begins again."""
_KEPT = {"appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "no"}
"""With ``everysec``, Redis' own choice, an answer would wait up to a second for the fsync, and edits come one by one: one a second."""
_EVICTS = "allkeys-"
"""Policies that throw out records when the memory is full; what ``volatile-*`` throws out is none."""
_REMEDY = texts.CHECK_THE_REDIS_SERVER


class Lost(redis.RedisError):
    """No answer came to a transaction that was sent: whether it has been carried out is not known."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Work that can be looked for: it has been carried out where ``key`` has ``value`` in ``field``."""

    work: Callable[[Any], Any]
    key: str
    field: str
    value: str

    def __call__(self, pipe: Any) -> Any:
        return self.work(pipe)


def must_wait(client: Any, where: str) -> bool:
    """True where the writer must wait for the append-only file itself. Raises StoreError for a server that would lose what it acknowledged."""
    told = True
    try:
        settings = {**client.config_get("*append*"), **client.config_get("maxmemory-policy")}
    except redis.ResponseError:  # as on a rented one
        told, settings = False, {"maxmemory-policy": _policy(client)}
    wrong = {name: value for name, value in _KEPT.items() if settings.get(name, value) != value}
    if settings.get("maxmemory-policy", "").startswith(_EVICTS):
        wrong["maxmemory-policy"] = "noeviction"
    if wrong:
        found = texts.ENUMERATION_COMMA.join(f"{name} {settings[name]}" for name in wrong)
        wanted = texts.ENUMERATION_COMMA.join(f"{name} {value}" for name, value in wrong.items())
        what = texts.THIS_REDIS_LOSES_RECORDS(found=found)
        raise StoreError(what, where, texts.SET_IN_REDIS_CONF(wanted=wanted))
    if not told:
        _can_wait(client, where)
    return not told


def _policy(client: Any) -> str:
    with contextlib.suppress(redis.ResponseError):
        return str(client.info("memory").get("maxmemory_policy", ""))
    return ""


def _can_wait(client: Any, where: str) -> None:
    """A server that does not tell its settings is asked behind each group. Raises StoreError for one that cannot be asked."""
    try:
        client.execute_command("WAITAOF", 1, 0, 1)
    except redis.ResponseError as error:
        what = texts.THIS_REDIS_DOES_NOT_TELL(error=error)
        remedy = texts.ALLOW_CONFIG_GET
        raise StoreError(what, where, remedy) from None


class Server:
    """The writer's line. ``client`` connects it; the server is looked at anew whenever it has been broken. ``waits``: until it has written;
    ``starts``: a gateway."""

    failures: tuple[type[Exception], ...] = (redis.RedisError, StoreError)

    def __init__(
        self,
        client: redis.Redis,
        prefix: str,
        where: str,
        insert: Callable[[Any, str, StoreRecord], None],
        *,
        waits: bool,
        starts: bool,
    ) -> None:
        self._client: Any = client
        self._prefix, self._where, self._insert = prefix, where, insert
        self._fence = f"{prefix}fence:{uuid4().hex}"
        self._line: Any = None
        self.waits, self._starts = waits, starts

    def commit(self, records: Sequence[StoreRecord]) -> None:
        def work(pipe: Any) -> None:
            for record in records:
                self._insert(pipe, self._prefix, record)

        self._carry_out(work, GROUP_S)

    def alone(self, work: Callable[[Any], Any]) -> bool:
        try:
            return self._carry_out(work, TIMEOUT_S)
        except Lost as lost:
            if isinstance(work, Edit) and self._is_there(work, lost):
                return True
            raise

    def _carry_out(self, work: Callable[[Any], Any], within_s: float) -> bool:
        """Answer of the last command. Raises Lost where an answer failed to come; any other error says that it is not carried out."""
        pipe = self._client.pipeline()  # it is used to spell the commands
        work(pipe)
        commands = [("MULTI",), *(words for words, _ in pipe.command_stack), ("EXEC",)]
        # EXEC answers nothing where the fence has run out or another gateway has started: then nothing was done, and it may begin again.
        for _ in range(STARTS_MAX):
            self._begin(within_s)
            try:
                answers = self._ask(commands)[-1]
                if answers is not None:
                    self._wait()
                    break
            # Sent, and nobody knows whether it was carried out: it is not tried again here.
            except (redis.ConnectionError, redis.TimeoutError) as error:
                raise Lost(str(error)) from error
        else:
            raise redis.TimeoutError(f"not begun within {within_s:g} s, {STARTS_MAX} times")
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return bool(answers and answers[-1])

    def _begin(self, within_s: float) -> None:
        """Fence off what this writer has sent before, and what comes from now on if it comes too late."""
        started = f"{self._prefix}started"
        fence = [
            *([("SET", started, self._fence)] if self._starts else []),
            ("SET", self._fence, "1", "PX", round(within_s * 1000)),
            ("WATCH", self._fence, started),
        ]
        if self._line is not None:
            try:
                self._ask(fence)
            except redis.ConnectionError:
                pass  # the server has closed it meanwhile
        if self._line is None:
            self._connect()
            # A line that is new has seen nothing of this writer: the fence again.
            self._ask(fence)
        self._starts = False

    def _connect(self) -> None:
        """A new line, to a server that keeps what it takes: it may be another one, or have other settings."""
        self.waits = must_wait(self._client, self._where)
        self._line = self._client.connection_pool.get_connection()

    def _ask(self, commands: Sequence[tuple[Any, ...]], timeout_s: float = TIMEOUT_S) -> list[Any]:
        """The answers to commands that are sent at once. A line that has not said all is broken, and is not used again."""
        line = self._line
        try:
            line.send_packed_command(line.pack_commands(commands))
            return [line.read_response(timeout=timeout_s) for _ in commands]
        except BaseException:
            self._hang_up()
            raise

    def _wait(self) -> None:
        """Until what this line has written is on the disk, where the server's answer does not say so. On the same line: a server knows
        of each what it has written."""
        if self.waits:
            ((local, _),) = self._ask([("WAITAOF", 1, 0, AOF_MS)], AOF_MS / 1000 + TIMEOUT_S)
            if not local:
                raise redis.TimeoutError(f"no fsync within {AOF_MS} ms")

    def _is_there(self, edit: Edit, lost: Lost) -> bool:
        """True where an edit has been carried out to which no answer came; from now on it is not any more."""
        try:
            self._begin(TIMEOUT_S)
            # The new fence has shut out the old try: what is not there now will not come.
            found, _ = self._ask([("HGET", edit.key, edit.field), ("UNWATCH",)])
            if found != edit.value:
                return False
            self._wait()
            return True
        except (redis.RedisError, StoreError):
            raise Lost(texts.IT_MAY_HAVE_BEEN_WRITTEN(lost=lost)) from lost

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.disconnect()
            self._client.connection_pool.release(self._line)
            self._line = None

    def anchor(self, id_: str) -> AnchorRow | None:
        row = self._client.hget(f"{self._prefix}anchor", id_)
        return msgspec.json.decode(row, type=AnchorRow) if row else None

    def remedy(self, error: Exception) -> str:
        return error.remedy if isinstance(error, StoreError) else _REMEDY

    def close(self) -> None:
        self._hang_up()
        self._client.close()
