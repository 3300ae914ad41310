"""The core: what happens, decided with values alone.

Events enter, commands and records leave. Nothing here awaits, reads a clock, logs or knows a protocol; the package imports
the standard library only, and a contract in ``pyproject.toml`` fails the tests if that changes. Seven floors, each knowing
only those below it:

- ``switchboard``  the only door: ``step``, which hands each event to its turn
- ``queries``      questions that change nothing: capacity, and what a press would do now
- ``turn``         what an event does: presses, transfers, call-backs, seats, waits, arrivals over a trunk, resync
- ``model``        what is known: the world, the board of one Asterisk, calls, load; who is with whom, whose a record is
- ``messages``     events and snapshots in, commands and records out; records with personal data taken out
- ``machines``     values that decide: a transfer, its inputs, a seat
- ``rules``        which target a key means, and the plan that the dialplan reads
- ``values``       ids, numbers, instants, details of a case, texts
"""
