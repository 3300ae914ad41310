"""Events that our own dialplan raises (AMI ``UserEvent``): keys, legs, offers, callers."""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.values.ids import (
    ChannelUid,
    PressId,
    SeatId,
    TargetId,
)
from gateway.core.values.value import named_value, value


@named_value
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
    """Mode that the key asks for (``consult``, ``conference``); empty: the rule decides."""
    plan: str = ""
    """The plan by which the dialplan acts (``core.plan``); ``home``: the caller's home is asked to. Empty: it has rung nobody."""


@named_value
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


@named_value
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


@named_value
class LegFenced(Event):
    """``OnekeyFenced``: a leg was refused by the fence and never rang. ``taken`` is ``<by>:<attempt>`` or empty."""

    press: PressId
    attempt: int
    by: str
    taken: str
    uid: ChannelUid
    caller_uid: ChannelUid


@named_value
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


@named_value
class TrunkArrived(Event):
    """``OnekeyArrival``: a target leg of the other switchboard has reached us; ``origin`` is its uid there."""

    uid: ChannelUid
    name: str
    origin: ChannelUid
    uui: str


@named_value
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


@named_value
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
