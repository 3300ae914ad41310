"""The core: what happens, decided with values alone.

Events enter, commands and records leave. Nothing here awaits, reads a clock, logs or knows a protocol; the package imports
the standard library only, and a contract in ``pyproject.toml`` fails the tests if that changes.

- ``terms``        the words: ids, states, outcomes
- ``events``       what has happened
- ``commands``     what shall be done, and what shall be written down
- ``call``         one caller's matter: channels, bridges, context
- ``seat``         one seat's state, derived from channels, bridges and device state
- ``rules``        which target a key means
- ``facts``        what a transfer is told, and what it wants done
- ``transfer``     the transfer machine
- ``conduct``      from its deeds to commands; ``presses`` where transfers begin, ``ladder`` which rungs are left out
- ``resync``       what a snapshot says that was missed
- ``switchboard``  the model of all switchboards and ``step``, the only door
- ``view``         what people are shown
"""
