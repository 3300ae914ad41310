"""``make crash-store N=200``: kill -9 in the middle of write bursts, then count what was acknowledged and is not there.

Each round a process of its own writes bursts of transfers and contexts, and prints how many its last returned ``flush`` covers; it is
killed at a moment that the dice choose, and the store is opened again. Also on Redis (a tenth of the rounds, or ``--redis N``): there writer
and server die.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from gateway.store import Store
from gateway.store.sqlite.store import SqliteStore

CHILD = """
import asyncio, sys
from bench.contexts import made
from bench.crash_store import opened
import random

async def main():
    store = opened(sys.argv[1], sys.argv[2])
    dice, n = random.Random(1), int(sys.argv[3])
    while True:
        for _ in range(dice.randrange(1, 80)):
            store.write(made(n, dice))
            n += 1
        await store.flush()
        print(n, flush=True)

asyncio.run(main())
"""


ROUNDS_OF_A_SERVER = 20


def opened(path: str, url: str) -> Store:
    """The store of a round."""
    if url:
        from gateway.store.redis.store import RedisStore

        return RedisStore(url, Path(path + ".backlog"))
    return SqliteStore(Path(path))


async def missing(path: str, url: str, begin: int, acknowledged: int) -> tuple[int, int]:
    """How many of the acknowledged are not there, and the first number that is free."""
    store = opened(path, url)
    lost, n = 0, begin
    while True:
        there = await store.context(f"c-{n:020x}") is not None
        if not there and n >= acknowledged:
            break
        lost += not there
        n += 1
    await store.close()
    return lost, n


def kills(rounds: int, path: str, url: str, server: Any, dice: random.Random) -> dict[str, int]:
    """So many kills on one store."""
    begin, acknowledged, lost = 0, 0, 0
    for number in range(rounds):
        words = [sys.executable, "-c", CHILD, path, url, str(begin)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said = [child.stdout.readline() for _ in range(dice.randrange(1, 30))]
            if server is not None:
                server.kill()
            child.kill()
            said += child.stdout.read().splitlines(keepends=True)
        if server is not None:
            server.start()
        sure = max(int(line) for line in said if line.endswith("\n") and line.strip().isdigit())
        gone, following = asyncio.run(missing(path, url, begin, sure))
        acknowledged, lost, begin = acknowledged + sure - begin, lost + gone, following
        print(
            f"  {number + 1}/{rounds}  kills {number + 1}  acknowledged {acknowledged}  lost {lost}",
            end="\r",
            flush=True,
        )
    print()
    return {"kills": rounds, "acknowledged": acknowledged, "lost": lost}


def kills_on_redis(rounds: int, folder: Path, dice: random.Random) -> dict[str, int]:
    """So many kills of writer and server; now and then a new server, because each start reads all that the last one wrote."""
    from tests.store.redis.test_store import Server

    total = Counter[str]()
    for part in range(0, rounds, ROUNDS_OF_A_SERVER):
        here = folder / f"redis-{part}"
        here.mkdir()
        server = Server(here)
        server.start()
        try:
            url = f"redis://127.0.0.1:{server.port}/0"
            total.update(kills(min(ROUNDS_OF_A_SERVER, rounds - part), f"{here}/redis", url, server, dice))
        finally:
            server.kill()
    return dict(total)


def main() -> int:
    """Kill, count, print."""
    parser = argparse.ArgumentParser(prog="make crash-store")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--redis", type=int, help="so many on Redis")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    on_redis = max(1, arguments.n // 10) if arguments.redis is None else arguments.redis
    dice = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        found = {"sqlite": kills(arguments.n, f"{name}/onekey.db", "", None, dice)}
        found["redis"] = kills_on_redis(on_redis, Path(name), dice)
    print(json.dumps({**found, "seed": arguments.seed}))
    return int(any(one["lost"] for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
