"""Events: what has happened, in the past tense. The only thing that enters the core.

``switchboard`` says where, ``at`` when (seconds since 1970 by that Asterisk's own clock, µs resolution; our clock where
Asterisk gives none). Text from a wire has been checked by the edge that decoded it. ``docs/architecture.md`` lists the AMI
event behind each class. Requests of people are events, too (``requests``).
"""

from __future__ import annotations

from gateway.core.messages import channel_events, dialplan_events, queue_events
from gateway.core.messages.answers import (
    CommandFailed,
    CommandSucceeded,
    PacketsCounted,
    RulesLoaded,
    TimerFired,
    TransfersFound,
)
from gateway.core.messages.channel_events import (
    AttendedTransferred,
    BlindTransferred,
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    HoldEnded,
    HoldStarted,
)
from gateway.core.messages.dialplan_events import (
    CallbackEnded,
    CallerArrived,
    CallerBack,
    CallerFinished,
    ColleagueHandedCaller,
    HomeAnswered,
    KeyAnswered,
    KeyPressed,
    KeyTookBack,
    LegBranched,
    LegDeclined,
    LegEnded,
    LegFenced,
    LegOffered,
    LegStarted,
    PhoneForwards,
    PlanRefused,
    RungFailed,
    TrunkArrived,
)
from gateway.core.messages.event import Event
from gateway.core.messages.link_events import CheckBegan, Checked, KeptRead, LinkLost, PlanDiffers, Resynced
from gateway.core.messages.queue_events import (
    DeviceChanged,
    MemberChanged,
    MemberRemoved,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
)
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
_OF_ASTERISK = {module.__name__ for module in (channel_events, dialplan_events, queue_events)}
HEARD = frozenset(cls for cls in EVENT_TYPES.values() if cls.__module__ in _OF_ASTERISK) | {Checked}
"""Events that prove that a switchboard is heard: all that it tells of itself, and a look at it. Answers to commands, timers, requests and what
another platform sends prove nothing: their instants are ours, not the switchboard's."""
