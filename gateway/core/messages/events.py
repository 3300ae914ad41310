"""Events: what has happened, in the past tense. The only thing that enters the core.

``switchboard`` says where, ``at`` when (seconds since 1970 by that Asterisk's own clock, µs resolution; our clock where
Asterisk gives none). Text from a wire has been checked by the edge that decoded it. ``docs/architecture.md`` lists the AMI
event behind each class. Requests of people are events, too (``requests``).
"""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.messages.requests import (
    CallbackAsked,
    CallbackDropped,
    ConsultationDecided,
    ContextDoubted,
    ContextEdited,
    ContextReceived,
    OfferAnswered,
    SeatAsked,
    SeatReleased,
    TransferAsked,
    TransferTakenBack,
)
from gateway.core.messages.snapshots import CallerWaiting, ChannelSeen, MemberSeen, PhoneSeen
from gateway.core.values.ids import (
    ChannelState,
    ChannelUid,
    DeviceState,
    PressId,
    SeatId,
    TargetId,
)
from gateway.core.values.value import value

# --- the link -----------------------------------------------------------------------------------------------------------


@value
class LinkLost(Event):
    """We no longer hear this switchboard. ``heard_at`` is the last sure moment, when it still answered; 0.0: ``at``."""

    why: str
    heard_at: float = 0.0


@value
class LegKept:
    """How one leg of a press went that no gateway followed. ``how``: ``own`` where its phone has ended it, ``back`` where it was taken
    back; ``answer`` is what its target said to an offer."""

    attempt: int
    ended_at: float
    cause: int
    uid: ChannelUid
    target: TargetId
    joined_at: float = 0.0
    offered: bool = False
    answer: str = ""
    how: str = ""


@value
class PressKept:
    """A press that no gateway followed, as the dialplan has kept it (``onekey-kept``). Instants are 0.0 where it did not come to that."""

    press: PressId
    target: TargetId
    presser_name: str
    presser: ChannelUid
    """Empty: the presser had left before (a phone's own button)."""
    caller_uid: ChannelUid
    plan: str
    legs: tuple[LegKept, ...] = ()
    presser_left_at: float = 0.0
    caller_left_at: float = 0.0
    over: str = ""
    """Why nobody was rung: ``FENCED``, ``UNKNOWN_TARGET``, ``NOBODY``; empty where somebody was."""
    far_seat: SeatId = SeatId("")
    """Who has pressed, where that came over the trunk and the other switchboard says so."""


@value
class Resynced(Event):
    """A whole snapshot, taken after (re)connecting: the truth from which the core derives what it missed."""

    version: str
    channels: tuple[ChannelSeen, ...]
    members: tuple[MemberSeen, ...]
    waiting: tuple[CallerWaiting, ...] = ()
    phones: tuple[PhoneSeen, ...] = ()
    """Asked for where a queue does not know the phone of a member."""
    kept: tuple[PressKept, ...] = ()
    """Presses that no gateway has followed, over or not."""


@value
class KeptRead(Event):
    """The dialplan's notes of presses, asked for between two snapshots (``ReadKept``)."""

    kept: tuple[PressKept, ...]


@value
class TransfersFound(Event):
    """The store's answer about presses (``FindTransfers``): ``ended`` has a record to its end, ``missing`` has not."""

    ended: tuple[PressId, ...]
    missing: tuple[PressId, ...]


@value
class CheckBegan(Event):
    """An attached switchboard is about to be looked at: what events touch from here on is not compared."""


@value
class Checked(Event):
    """A snapshot of a switchboard that is attached all the time. Unlike ``Resynced`` it ends and changes no transfer."""

    channels: tuple[ChannelSeen, ...]
    members: tuple[MemberSeen, ...]
    phones: tuple[PhoneSeen, ...] = ()


@value
class PartyPackets:
    """RTP packets of one channel within a look: ``sent`` to its phone, ``received`` from it."""

    uid: ChannelUid
    sent: int
    received: int


@value
class PacketsCounted(Event):
    """The answer to ``CountPackets``. ``keyed``: somebody of them pressed a key meanwhile, and neither heard nor was heard."""

    bridge: str
    parties: tuple[PartyPackets, ...]
    keyed: bool = False


# --- the rules ------------------------------------------------------------------------------------------------------------


@value
class RulesLoaded(Event):
    """New rules are in force from here on; what runs keeps what it began with. ``switchboard`` is empty: they are everyone's.

    ``text`` is the rules file's, so that a tape replays without the file; ``version`` is the digest of it.
    """

    text: str
    version: str


# --- channels and bridges -------------------------------------------------------------------------------------------------


@value
class ChannelCreated(Event):
    """AMI ``Newchannel``."""

    uid: ChannelUid
    name: str
    state: ChannelState
    caller_number: str
    caller_name: str
    linkedid: ChannelUid
    exten: str = ""
    dialplan_context: str = ""


@value
class ChannelStateChanged(Event):
    """AMI ``Newstate``."""

    uid: ChannelUid
    state: ChannelState


@value
class ChannelRenamed(Event):
    """AMI ``Rename``."""

    uid: ChannelUid
    name: str


@value
class ChannelHungUp(Event):
    """AMI ``Hangup``. ``cause`` is a Q.850 number as Asterisk gives it; 0 where none is known."""

    uid: ChannelUid
    cause: int


@value
class HoldStarted(Event):
    """AMI ``Hold``: the party of this channel has put the others on hold."""

    uid: ChannelUid


@value
class HoldEnded(Event):
    """AMI ``Unhold``."""

    uid: ChannelUid


@value
class BridgeEntered(Event):
    """AMI ``BridgeEnter``."""

    bridge: str
    uid: ChannelUid


@value
class BridgeLeft(Event):
    """AMI ``BridgeLeave``."""

    bridge: str
    uid: ChannelUid


# --- queues and seats ---------------------------------------------------------------------------------------------------


@value
class QueueJoined(Event):
    """AMI ``QueueCallerJoin``: a caller begins to wait."""

    queue: str
    channel: ChannelUid
    channel_name: str
    caller_number: str
    caller_name: str


@value
class QueueLeft(Event):
    """AMI ``QueueCallerLeave``: answered, abandoned or taken out."""

    queue: str
    channel: ChannelUid


@value
class QueueAbandoned(Event):
    """AMI ``QueueCallerAbandon``: the caller hung up while waiting."""

    queue: str
    channel: ChannelUid


@value
class QueueAnswered(Event):
    """AMI ``AgentConnect``. ``wait_s`` is the caller's wait, ``ring_s`` this seat's ringing."""

    queue: str
    channel: ChannelUid
    seat: SeatId
    seat_channel: ChannelUid
    wait_s: int
    ring_s: float


@value
class MemberChanged(Event):
    """AMI ``QueueMemberAdded``, ``QueueMemberStatus`` and ``QueueMemberPause``.

    Not ``of_phone``: ``device`` is the state of a Local channel on the way to the phone, or of something else that the queue
    watches in its place, and says nothing of the phone.
    """

    queue: str
    seat: SeatId
    device: DeviceState
    paused: bool
    pause_reason: str = ""
    of_phone: bool = True


@value
class MemberRemoved(Event):
    """AMI ``QueueMemberRemoved``."""

    queue: str
    seat: SeatId


@value
class DeviceChanged(Event):
    """AMI ``DeviceStateChange`` of a ``PJSIP/`` device."""

    seat: SeatId
    device: DeviceState


# --- what our own dialplan says (UserEvent) -----------------------------------------------------------------------------


@value
class KeyPressed(Event):
    """``OnekeyPress``: a seat pressed. ``press`` is empty where there was no caller to transfer.

    ``caller`` and ``caller_uid`` name the channel that this switchboard's queue connected: the caller at home, the trunk leg
    on the far side, where ``origin`` is that leg's uid at home.
    """

    press: PressId
    target: TargetId
    presser: ChannelUid
    presser_name: str
    caller: str
    caller_uid: ChannelUid
    origin: ChannelUid
    mode: str = ""
    """What the key asks for (``consult``, ``conference``); empty: the rule decides."""
    plan: str = ""
    """The plan by which the dialplan acts (``core.plan``); ``home``: the caller's home is asked to. Empty: it has rung nobody."""


@value
class PlanDiffers(Event):
    """Globals of plans that are not what a gateway has written: lost, or set by somebody else."""

    names: tuple[str, ...]


@value
class PlanRefused(Event):
    """``OnekeyPlanBad``: a plan that lay ready was none, or rang nobody, and was passed over. ``place``: ``call`` or ``global``."""

    press: PressId
    place: str
    target: TargetId
    caller_uid: ChannelUid


@value
class HomeAnswered(Event):
    """``OnekeyHomeAnswer``: what the caller's home said to the messenger that asked it for a press here. ``cause`` is a Q.850 cause:
    16 the target has joined, 21 no such caller there, 29 its plan rings nobody, 31 a gateway rings, anything else: nobody came."""

    press: PressId
    cause: int


@value
class KeyTookBack(Event):
    """``OnekeyTakeBack``: a seat wants its caller back. The dialplan has hung the leg up already where it could.

    ``origin`` is the leg at home behind which the seat sits, empty for a seat to which the queue gave the caller.
    """

    presser: ChannelUid
    caller_uid: ChannelUid
    origin: ChannelUid


@value
class KeyAnswered(Event):
    """``OnekeyAnswer``: a far seat accepts or declines by key. ``leg`` is the target leg at the caller's home.

    An offer's own leg has been told by the dialplan; in a consultation the core takes it as the decision.
    """

    presser: ChannelUid
    leg: ChannelUid
    accept: bool


@value
class LegStarted(Event):
    """``OnekeyLeg``: a leg has passed the fence and is about to ring. ``by`` is ``gateway`` or ``dialplan``."""

    press: PressId
    attempt: int
    by: str
    target: TargetId
    uid: ChannelUid
    name: str
    caller: str
    caller_uid: ChannelUid
    plan: str = ""
    """The plan by which a press rang it; empty where a gateway has."""
    wanted: TargetId = TargetId("")
    """The target of that press."""


@value
class LegFenced(Event):
    """``OnekeyFenced``: a leg was refused by the fence and never rang. ``taken`` is ``<by>:<attempt>`` or empty."""

    press: PressId
    attempt: int
    by: str
    taken: str
    uid: ChannelUid
    caller_uid: ChannelUid


@value
class LegEnded(Event):
    """``OnekeyLegEnd``: ringing is over. ``status`` is Asterisk's ``ORIGINATE_STATUS`` or ``UNKNOWN_TARGET``.

    ``by`` tells whose attempt it was: one that the fence refused ends, too, while the other's leg rings.
    """

    press: PressId
    attempt: int
    status: str
    caller_uid: ChannelUid
    by: str = "gateway"


@value
class RungFailed(Event):
    """``OnekeyRungFailed``: a leg of a plan has ended without having joined, and the dialplan is about to ring the next rung. ``cause`` is
    Q.850. The leg's own end is told behind the beginning of the next."""

    press: PressId
    uid: ChannelUid
    cause: int


@value
class LegBranched(Event):
    """``OnekeyBranch``: one of several targets that a leg rings at once. ``uid`` is the branch's channel."""

    press: PressId
    uid: ChannelUid
    caller_uid: ChannelUid


@value
class LegOffered(Event):
    """``OnekeyOffered``: the target has answered its phone and its leg waits for an acceptance."""

    press: PressId
    uid: ChannelUid


@value
class LegDeclined(Event):
    """``OnekeyDeclined``: the offer was declined or ran out of time (``no_accept``); the leg is about to end."""

    press: PressId
    uid: ChannelUid
    reason: str


@value
class TrunkArrived(Event):
    """``OnekeyArrival``: a target leg of the other switchboard has reached us; ``origin`` is its uid there."""

    uid: ChannelUid
    name: str
    origin: ChannelUid
    uui: str


@value
class CallbackEnded(Event):
    """``OnekeyCalledBack``: whether a call-back has come about; ``status`` is as Asterisk's ``DIALSTATUS``. ``caller`` and ``caller_uid``
    are the channel of a caller who has answered: he is a caller from now on."""

    task: PressId
    status: str
    caller: str = ""
    caller_uid: ChannelUid = ChannelUid("")


@value
class CallerArrived(Event):
    """``OnekeyCaller``: a citizen has dialled the hotline and is about to wait in this queue."""

    uid: ChannelUid
    name: str
    queue: str


@value
class CallerBack(Event):
    """``OnekeyBack``: a caller without a person goes to the head of the home queue."""

    uid: ChannelUid


@value
class CallerFinished(Event):
    """``OnekeyFinished``: the last person hung up as people do; the call ends."""

    uid: ChannelUid


@value
class BlindTransferred(Event):
    """AMI ``BlindTransfer``: a phone's own transfer button (REFER). Not an answer, only "placed in the dialplan"."""

    transferer: ChannelUid
    transferee: ChannelUid
    exten: str


@value
class AttendedTransferred(Event):
    """AMI ``AttendedTransfer``: a phone has handed a caller over to somebody it had called (REFER with Replaces)."""

    transferer: ChannelUid
    transferee: ChannelUid
    target: ChannelUid


@value
class ColleagueHandedCaller(Event):
    """``OnekeyHandedOver``: a phone has let go of a caller while a colleague's phone rang; it was rung for him, and this came of it.

    ``cause`` is Q.850: 16 where the colleague has answered (on the channel ``taker``), 0 where the caller has hung up.
    """

    press: PressId
    seat: SeatId
    presser_name: str
    caller_uid: ChannelUid
    taker: ChannelUid
    cause: int


@value
class PhoneForwards(Event):
    """``OnekeyForwarded``: a seat's phone wanted to send a call elsewhere (302). It was not followed, and the dialplan has paused the seat."""

    seat: SeatId


# --- answers to commands, and time ----------------------------------------------------------------------------------------


@value
class CommandSucceeded(Event):
    """Asterisk has accepted the command; what it does comes as events of its own."""

    command: str


@value
class CommandFailed(Event):
    """Refused, lost, or not answered within its deadline: silence is a failure."""

    command: str
    why: str


@value
class TimerFired(Event):
    """A timer of a transfer has run out. A timer whose state is over fires into nothing."""

    timer: str


AnyEvent = (
    LinkLost
    | Resynced
    | KeptRead
    | TransfersFound
    | CheckBegan
    | Checked
    | PacketsCounted
    | RulesLoaded
    | ChannelCreated
    | ChannelStateChanged
    | ChannelRenamed
    | ChannelHungUp
    | HoldStarted
    | HoldEnded
    | BridgeEntered
    | BridgeLeft
    | QueueJoined
    | QueueLeft
    | QueueAbandoned
    | QueueAnswered
    | MemberChanged
    | MemberRemoved
    | DeviceChanged
    | KeyPressed
    | PlanDiffers
    | PlanRefused
    | HomeAnswered
    | KeyTookBack
    | KeyAnswered
    | LegStarted
    | LegBranched
    | LegOffered
    | LegDeclined
    | LegFenced
    | LegEnded
    | RungFailed
    | TrunkArrived
    | CallerArrived
    | CallerBack
    | CallerFinished
    | BlindTransferred
    | AttendedTransferred
    | ColleagueHandedCaller
    | PhoneForwards
    | TransferAsked
    | TransferTakenBack
    | OfferAnswered
    | ConsultationDecided
    | SeatReleased
    | SeatAsked
    | CallbackAsked
    | CallbackDropped
    | CallbackEnded
    | ContextEdited
    | ContextReceived
    | ContextDoubted
    | CommandSucceeded
    | CommandFailed
    | TimerFired
)
"""Every event there is; ``switchboard.step`` matches on this union and mypy finds a forgotten case."""

EVENT_TYPES: dict[str, type[Event]] = {cls.__name__: cls for cls in AnyEvent.__args__}
"""By name, for tapes."""
