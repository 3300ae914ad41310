"""Events that are requests: people at a console or over HTTP, and other platforms, ask for something or tell something."""

from __future__ import annotations

from gateway.core.messages.event import Event
from gateway.core.messages.records import CallbackRow, ContextRow
from gateway.core.values.case_details import CaseDetails, RoutingDetails
from gateway.core.values.ids import (
    ChannelUid,
    Outcome,
    PressedBy,
    PressId,
    SeatId,
    SwitchboardId,
    TargetId,
)
from gateway.core.values.value import named_value, value


@named_value
class TransferAsked(Event):
    """A press without a key: ``press`` was made by the gateway. One of ``call``, ``seat`` and ``channel`` says whose.

    ``switchboard`` is that of the seat or channel; ``mode`` as for a key. What is ``said`` of the matter stays with the call.
    """

    press: PressId
    target: TargetId
    mode: str = ""
    call: ChannelUid = ChannelUid("")
    seat: SeatId = SeatId("")
    channel: ChannelUid = ChannelUid("")
    said: RoutingDetails = RoutingDetails()
    pressed_by: PressedBy = PressedBy.API


@value
class TransferTakenBack(Event):
    """Somebody cancels a transfer, or takes the caller back out of a three-party call."""

    press: PressId


@value
class OfferAnswered(Event):
    """Somebody accepts or declines for the target."""

    press: PressId
    accept: bool
    reason: str = ""


@value
class ConsultationDecided(Event):
    """The parties of a consultation have agreed."""

    press: PressId
    outcome: Outcome


@value
class SeatReleased(Event):
    """The transferring seat shall leave a three-party call."""

    press: PressId


@named_value
class SeatAsked(Event):
    """Somebody sets a seat's presence: ``action`` is one of ``SEAT_ACTIONS``. ``queues`` empty: all of the seat's.

    ``reason`` is a word for ``pause``.
    """

    seat: SeatId
    action: str
    queues: tuple[str, ...] = ()
    reason: str = ""


SEAT_ACTIONS = ("pause", "unpause", "log_in", "log_out", "ready")
"""``ready`` ends a wrap-up before its time."""


@value
class CallbackAsked(Event):
    """A seat takes a call-back task: its phone rings, then the caller's. ``context`` is the record of his matter, where there is one."""

    task: CallbackRow
    seat: SeatId
    context: ContextRow | None = None


@value
class CallbackDropped(Event):
    """Somebody closes a task without a call; the task says why."""

    task: CallbackRow


@named_value
class ContextEdited(Event):
    """Somebody (``by``) who saw ``version`` of a live call's context writes down what the caller said.

    ``owner`` is the organisation that the matter is handed over to; empty: it stays where it is.
    """

    call: ChannelUid
    version: int
    said: CaseDetails
    by: str
    owner: SwitchboardId = SwitchboardId("")


@value
class ContextReceived(Event):
    """The platform of another home has given us a record: it was fetched, or pushed to us."""

    row: ContextRow


@value
class ContextDoubted(Event):
    """The home of an arrival's id does not know the arrival ``uid`` as a leg of that caller's (``replayed``)."""

    uid: ChannelUid
    why: str
