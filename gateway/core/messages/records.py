"""Records to be written down: one class for each log."""

from __future__ import annotations

from gateway.core.rules.rule import Rung, TransferPolicy
from gateway.core.values.case_details import NOTHING_SAID, CaseDetails, RoutingDetails
from gateway.core.values.ids import ContextId, Outcome, PressedBy, PressId, SeatId, SeatState, SwitchboardId, TargetId
from gateway.core.values.value import named_value, value


@named_value
class SeatRow:
    """One change of one seat's state. ``call`` is the home call's linked id or empty; ``since`` when ``before`` began."""

    at: float
    switchboard: SwitchboardId
    seat: SeatId
    before: SeatState
    after: SeatState
    why: str
    call: str
    since: float


@named_value
class TransferRow:
    """A transfer as it stands; written at every change, the last one wins. ``ended_at`` is 0 while it runs.

    ``history`` is a tuple of (instant, state, reason), oldest first.
    """

    id: PressId
    home: SwitchboardId
    call: str
    context: ContextId
    transferer_switchboard: SwitchboardId
    transferer: SeatId
    target: TargetId
    mode: str
    by: str
    state: str
    outcome: Outcome | None
    reason: str
    pressed_at: float
    ringing_at: float
    answered_at: float
    ended_at: float
    history: tuple[tuple[float, str, str], ...]
    ladder: tuple[Rung, ...] = ()
    terms: TransferPolicy = TransferPolicy()
    said: RoutingDetails = RoutingDetails()
    """Details of the matter that were known when the rules decided."""
    pressed_by: PressedBy = PressedBy.UNKNOWN


@named_value
class ContextRow:
    """A call context as it stands; each version is kept. ``wait_s`` is -1 while unknown.

    ``seats`` is a tuple of (switchboard, seat, answered at), ``queues`` one of (switchboard, queue, wait in s, answered at).
    ``organisations`` are those that the matter has been given to, the home first: who may see it. ``by`` says who made
    this version: empty where the call itself did. ``shared`` says of each transfer who may see that one; of one that is not named there
    nobody but the home knows.
    """

    id: ContextId
    version: int
    at: float
    home: SwitchboardId
    call: str
    caller_number: str
    caller_name: str
    queue: str
    arrived_at: float
    wait_s: int
    seats: tuple[tuple[SwitchboardId, SeatId, float], ...]
    transfers: tuple[PressId, ...]
    owner: SwitchboardId
    ended_at: float
    said: CaseDetails = NOTHING_SAID
    organisations: tuple[SwitchboardId, ...] = ()
    queues: tuple[tuple[SwitchboardId, str, int, float], ...] = ()
    by: str = ""
    shared: tuple[tuple[PressId, tuple[SwitchboardId, ...]], ...] = ()


@value
class GapRow:
    """From ``since`` to ``until`` we did not see this switchboard (law 7)."""

    switchboard: SwitchboardId
    since: float
    until: float
    why: str


@named_value
class QueueRow:
    """End of one wait in a queue. ``at`` is when that was known, ``left_at`` when the wait was over (0.0: unknown).

    ``how`` is ``answered`` (by ``seat`` after its phone rang ``ring_s``), ``abandoned`` (the caller hung up), ``left`` (a transfer
    or the dialplan took the caller out), ``rung_out`` (a transfer's target leg that nobody took, whose caller never left) or
    ``unknown`` (nobody watched). ``call`` is the home call's linked id.
    """

    at: float
    switchboard: SwitchboardId
    queue: str
    call: str
    joined_at: float
    left_at: float
    how: str
    seat: SeatId = SeatId("")
    ring_s: float = 0.0


@named_value
class CallbackRow:
    """A caller who hung up while a transfer was under way, to be called back; written at every change, the last one wins.

    ``id`` is the transfer's. ``state`` is ``open``, ``dialling``, ``done`` or ``dropped``; ``note`` says why a person
    dropped it.
    """

    id: PressId
    at: float
    home: SwitchboardId
    context: ContextId
    number: str
    reason: str
    target: TargetId
    seat: SeatId
    state: str = "open"
    tries: int = 0
    tried_at: float = 0.0
    note: str = ""


AnyRecord = SeatRow | TransferRow | ContextRow | GapRow | CallbackRow | QueueRow
