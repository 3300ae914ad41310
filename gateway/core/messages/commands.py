"""Commands: what shall be done, in the imperative; and records: what shall be written down. They leave the core as values.

Each command is answered by exactly one ``CommandSucceeded`` or ``CommandFailed`` with its ``id``. No command names a caller
that has a person as the channel to act on: legs are rung and hung up, callers never (law 1). Records are not answered: the
store takes them off the voice path (law 5).
"""

from __future__ import annotations

from gateway.core.values.ids import ChannelUid, ContextId, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.value import named_value, value


@value
class Command:
    """Something to do on a switchboard. ``id`` is unique for the life of the gateway; ``call`` orders commands of one call."""

    id: str
    switchboard: SwitchboardId
    call: str


@named_value
class RingTarget(Command):
    """Ring a target into the caller's bridge: AMI ``Originate`` of ``Local/s@onekey-ring/n``, asynchronous.

    ``ChannelId`` is made of press and attempt, and the dialplan's fence lets one leg through per attempt, whoever sends it.
    ``caller`` is the caller's channel name; it is a parameter, the channel itself is not touched.
    """

    press: PressId
    attempt: int
    target: TargetId
    caller: str
    caller_uid: ChannelUid
    tag: str
    uui: str
    ring_s: int
    accept_s: int = 0
    """Seconds in which the target must accept after answering its phone; 0: answering is accepting."""


@value
class HangUpLeg(Command):
    """Hang up a leg of ours (target leg, trunk leg). Never a caller, never a seat. ``cause`` is a Q.850 number."""

    channel: ChannelUid
    cause: int = 16


@named_value
class ReleaseSeat(Command):
    """The rule, or a person, lets the seat go that has the caller: end its channel, or the trunk leg behind which it sits.

    Sent only while a leg rings for the caller or has joined him, so that nobody is alone: the dialplan parks or bridges.
    ``returns`` names the seat to which a caller whom nobody takes comes back first; empty: to the head of the queue.
    """

    channel: ChannelUid
    caller: str
    returns: SeatId = SeatId("")


@named_value
class AdoptLeg(Command):
    """A channel that a phone has joined to a caller becomes a leg of ours: its end will tell the caller's dialplan how it left."""

    channel: ChannelUid
    caller: str
    caller_uid: ChannelUid


@named_value
class AnswerOffer(Command):
    """Accept or decline for a target that has answered its phone: its leg, waiting outside the bridge, reads it."""

    channel: ChannelUid
    accept: bool
    reason: str = ""


@named_value
class CallBack(Command):
    """Ring a seat, and when it answers, the number of a caller who hung up during a transfer."""

    task: str
    seat: SeatId
    number: str
    uui: str
    ring_s: int
    queue: str = ""
    """The queue that he had waited in, into which he comes back when he is alone; empty: the switchboard's own."""


@named_value
class TakePress(Command):
    """Take a press over from a dialplan (``SHARED`` variables on the caller's channel, or on a far switchboard's trunk leg).

    ``caller`` is the channel name at that switchboard that the press named; ``presser`` any channel of it that lives.
    With ``settled`` that switchboard waits for the press no longer; ``joined`` then says whether the caller has the target
    at home, so that the trunk leg may end when its seat leaves.
    """

    press: PressId
    caller: str
    settled: bool
    joined: bool = False
    over: bool = False
    """True where a leg that the dialplan rings, or is about to, is no longer wanted, and one of ours follows in its place."""


@value
class FollowPress(Command):
    """Tell the dialplan that a gateway follows this press (``SHARED`` variable on the caller's channel): it leaves the words to it."""

    press: PressId
    caller: str


@named_value
class AttachContext(Command):
    """Give a waiting caller's channel the signed context id, so that a key without a gateway carries it too.

    An empty ``uui`` takes away one that a trunk has brought and that is not believed; ``why`` says what is wrong with it.
    """

    channel: ChannelUid
    uui: str
    why: str = ""
    eido: str = ""
    """Where the record is read as an EIDO, for ``Call-Info``; empty where the site wants none."""


@named_value
class FetchContext(Command):
    """Ask the platform of a caller's home for the record that the arrival ``uid`` names, and again while that lasts. ``leg`` is
    the arrival's uid at home, ``version`` the one that its id named. What comes is told as ``ContextReceived``."""

    context: ContextId
    version: int
    leg: ChannelUid
    uid: ChannelUid


@value
class HideNumber(Command):
    """The caller wants the number kept confidential, or no longer: the dialplan then shows it only where the plan lets it."""

    channel: ChannelUid
    hidden: bool


@named_value
class CountPackets(Command):
    """Count the RTP packets that each of these channels is sent, and sends, within ``for_s`` seconds: AMI ``Getvar`` of
    ``CHANNEL(rtcp,all)``, twice. The count comes as ``PacketsCounted``; a channel that has gone meanwhile is not in it."""

    bridge: str
    channels: tuple[ChannelUid, ...]
    for_s: float


@value
class RejoinLeg(Command):
    """Take a leg of ours out of the caller's bridge and in again: AMI ``Redirect`` of that leg to ``onekey-join``, which Asterisk
    finishes alone. Sent only where two others stay in the bridge."""

    channel: ChannelUid


@value
class CleanBridge(Command):
    """Let a silent leg of ours enter the bridge of a channel and leave it: AMI ``Originate`` of ``onekey-clean``. ``member`` is the name of
    a channel in it; it is a parameter, the channel itself is not touched."""

    member: str


@value
class PlayMusic(Command):
    """Music for a caller who is alone with a holder: at the first ``beat`` a leg of ours with music enters his bridge (AMI ``Originate`` of
    ``onekey-held``), each further one says that it stays, 0 that it goes. ``member`` is his channel's name; it is a parameter, and bears the
    beat as a variable."""

    member: str
    beat: int


@value
class TellSeat(Command):
    """Show a text on the phone of a seat: a SIP MESSAGE of its own, outside every call.

    Inside the call's dialogue a phone that does not know MESSAGE could end the call by its answer.
    """

    seat: SeatId
    text: str


@value
class SaySeat(Command):
    """A short prompt into the ear of a seat in a call, and of nobody else. ``word`` names it."""

    channel: str
    word: str


@value
class SetPlan(Command):
    """Tell a switchboard's dialplan what presses do: globals by name."""

    values: tuple[tuple[str, str], ...]


@value
class ComparePlan(Command):
    """Ask a switchboard whether its globals still are what they were told to be; those that are not come as ``PlanDiffers``."""

    values: tuple[tuple[str, str], ...]


@value
class SetCallPlan(Command):
    """Tell what presses do in one call, where it is not what they do in every other: variables of the caller's channel. Nothing is done
    to the channel by it; an empty value takes a plan away."""

    channel: ChannelUid
    values: tuple[tuple[str, str], ...]


@value
class ReadKept(Command):
    """Ask the dialplan what it has kept of presses: AMI ``DBGetTree``. It comes as ``KeptRead``."""


@value
class FindTransfers(Command):
    """Ask the store which of these presses it has to the end; answered by ``TransfersFound`` as well."""

    presses: tuple[PressId, ...]


@value
class ForgetPresses(Command):
    """Let the dialplan forget what it has kept of these presses, once everything that was written down before is durable: AMI
    ``Originate`` of ``onekey-kept``."""

    presses: tuple[PressId, ...]


@named_value
class PauseSeat(Command):
    """Take a seat out of the turn of a queue, with a reason, or put it back: AMI ``QueuePause``. No queue: all of its queues."""

    seat: SeatId
    paused: bool
    reason: str
    queue: str = ""


@named_value
class LogSeat(Command):
    """Make a seat a member of a queue, or no member any more: AMI ``QueueAdd``, ``QueueRemove``."""

    seat: SeatId
    queue: str
    logged_in: bool
    name: str = ""
    """The person's, by which the queue then knows its member; empty: the seat's number."""


@value
class StartTimer(Command):
    """Fire ``TimerFired(timer)`` after ``after_s`` seconds, unless cancelled. Answered like any command."""

    timer: str
    after_s: float


@value
class CancelTimer(Command):
    """Forget a timer."""

    timer: str


Question = CountPackets | ReadKept | ComparePlan
"""Answered by an event as well, and made of more than one action."""
Action = (
    RingTarget
    | HangUpLeg
    | ReleaseSeat
    | AdoptLeg
    | AnswerOffer
    | CallBack
    | TakePress
    | FollowPress
    | AttachContext
    | HideNumber
    | RejoinLeg
    | CleanBridge
    | PlayMusic
    | TellSeat
    | SaySeat
    | SetPlan
    | SetCallPlan
    | ForgetPresses
    | PauseSeat
    | LogSeat
)
AmiCommand = Action | Question
"""Asterisk's to carry out."""
LookUp = FetchContext | FindTransfers
"""The store's, or another platform's."""
TimerCommand = StartTimer | CancelTimer
"""The engine's own."""
AnyCommand = AmiCommand | LookUp | TimerCommand
