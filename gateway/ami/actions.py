"""AMI actions of each command: the headers that carry it out, and nothing sent."""

from __future__ import annotations

from typing import assert_never

from gateway.ami import encode, wire
from gateway.ami.encode import Header, Refused, variable
from gateway.core.messages.commands import (
    Action as ActionCommand,
)
from gateway.core.messages.commands import (
    AdoptLeg,
    AnswerOffer,
    AttachContext,
    CallBack,
    CleanBridge,
    FollowPress,
    ForgetPresses,
    HangUpLeg,
    HideNumber,
    LogSeat,
    PauseSeat,
    PlayMusic,
    RejoinLeg,
    ReleaseSeat,
    RingTarget,
    SaySeat,
    SetCallPlan,
    SetPlan,
    TakePress,
    TellSeat,
)
from gateway.core.values.ids import PressId
from gateway.core.values.texts import CALL_BACK_SHOWN

_CHANNEL_ID_CHARS_MAX = 149
"""``AST_MAX_PUBLIC_UNIQUEID``: Asterisk refuses a longer ``ChannelId``."""

_RING_SLACK_MS = 15_000
"""Time after the end of ringing that the messenger channel may live. The dialplan ends it; this is the last resort."""

Action = tuple[str, tuple[Header, ...]]


def actions(command: ActionCommand) -> tuple[Action, ...]:
    """The AMI actions of one command, in order. Raises ``Refused``, before any of them is sent."""
    match command:
        case RingTarget():
            return (("Originate", _originate(command)),)
        case HangUpLeg(channel=channel, cause=cause):
            if not 0 <= cause <= 127:
                raise Refused("not a Q.850 cause", "cause")
            # Asterisk finds a channel by unique id as well as by name (ast_channel_get_by_name)
            return (("Hangup", (("Channel", encode.channel(channel, "channel")), ("Cause", str(cause)))),)
        case ReleaseSeat():
            return _release(command)
        case AdoptLeg():
            return _adopt(command)
        case AnswerOffer(channel=channel, accept=accept, reason=reason):
            if not accept and reason == "yes":
                raise Refused("the leg would read it as an acceptance", "reason")
            answer = "yes" if accept else encode.word(reason or "no", "reason")
            return (_setvar(channel, "SHARED(ONEKEY_ACCEPTED)", answer),)
        case CallBack():
            return (("Originate", _call_back(command)),)
        case TakePress():
            return _take_press(command)
        case FollowPress(press=press, caller=caller):
            return (_setvar(caller, f"SHARED(ONEKEY_FOLLOWED_{encode.press_or_target(press, 'press')})", "1"),)
        case AttachContext():
            return _attach(command)
        case HideNumber(channel=channel, hidden=hidden):
            return (_setvar(channel, "ONEKEY_CONFIDENTIAL", "1" if hidden else ""),)
        case SaySeat():
            return (("Originate", _whisper(command)),)
        case TellSeat():
            return (_message(command),)
        case SetPlan(values=values):
            return tuple(_set_global(name, value) for name, value in values)
        case SetCallPlan(channel=channel, values=values):
            return tuple(_setvar(channel, encode.plan_name(name), encode.plan(value, name)) for name, value in values)
        case ForgetPresses(presses=presses):
            return (("Originate", _forget(presses)),)
        case RejoinLeg(channel=channel):
            where = (("Context", "onekey-join"), ("Exten", "again"), ("Priority", "1"))
            return (("Redirect", (("Channel", encode.channel(channel, "channel")), *where)),)
        case CleanBridge():
            return (("Originate", _clean(command)),)
        case PlayMusic():
            return _music(command)
        case PauseSeat():
            return (_pause(command),)
        case LogSeat():
            return (_log(command),)
        case _:
            assert_never(command)


def _originate(ring: RingTarget) -> tuple[Header, ...]:
    """``Local/s@onekey-ring/n`` rings by itself; the context that it is originated into is never reached."""
    press, attempt = encode.press_or_target(ring.press, "press"), str(ring.attempt)
    channel_id = f"{press}-{attempt}"
    if ring.attempt < 1 or ring.ring_s < 1:
        raise Refused("less than 1", "attempt or ring_s")
    if len(channel_id) + 2 > _CHANNEL_ID_CHARS_MAX:
        raise Refused(f"a ChannelId of more than {_CHANNEL_ID_CHARS_MAX} characters", "press")
    return (
        ("Channel", "Local/s@onekey-ring/n"),
        ("ChannelId", channel_id),
        # given, so that the second half, too, is refused while a first one lives
        ("OtherChannelId", f"{channel_id}-b"),
        ("Context", "onekey-nobody"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", str(ring.ring_s * 1000 + _RING_SLACK_MS)),
        ("Async", "true"),
        variable("ONEKEY_PRESS", press),
        variable("ONEKEY_ATTEMPT", attempt),
        variable("ONEKEY_BY", "gateway"),
        variable("ONEKEY_TARGET", encode.press_or_target(ring.target, "target")),
        variable("ONEKEY_CALLER", encode.channel(ring.caller, "caller")),
        variable("ONEKEY_CALLER_ID", encode.channel(ring.caller_uid, "caller_uid")),
        variable("ONEKEY_TAG", encode.tag(ring.tag, "tag")),
        variable("ONEKEY_UUI", encode.uui(ring.uui, "uui")),
        variable("ONEKEY_RING_S", str(ring.ring_s)),
        variable("ONEKEY_ACCEPT_S", str(ring.accept_s)),
    )


def _attach(attach: AttachContext) -> tuple[Action, ...]:
    """An id that is refused takes the address of its record with it."""
    uui = _setvar(attach.channel, "__ONEKEY_UUI", encode.uui(attach.uui, "uui"))
    if attach.uui and not attach.eido:
        return (uui,)
    return (uui, _setvar(attach.channel, "__ONEKEY_EIDO", encode.url(attach.eido, "eido")))


def _release(release: ReleaseSeat) -> tuple[Action, ...]:
    """Cause 26: the dialplan takes only 16 for the goodbye of somebody who has finished with the caller."""
    hang_up = ("Hangup", (("Channel", encode.channel(release.channel, "channel")), ("Cause", "26")))
    if not release.returns:
        return (hang_up,)
    return (_setvar(release.caller, "SHARED(ONEKEY_RETURN)", encode.seat(release.returns, "returns")), hang_up)


def _adopt(adopt: AdoptLeg) -> tuple[Action, ...]:
    """Variables that ``onekey-fence`` and ``onekey-join`` leave on a leg and its caller, set for a leg that is adopted."""
    caller, uid = encode.channel(adopt.caller, "caller"), encode.channel(adopt.caller_uid, "caller_uid")
    return (
        _setvar(adopt.channel, "ONEKEY_CALLER", caller),
        _setvar(adopt.channel, "ONEKEY_CALLER_ID", uid),
        _setvar(adopt.channel, "ONEKEY_JOINED", "1"),
        _setvar(adopt.channel, "GROUP(onekey)", f"joined-{uid}"),
        _setvar(adopt.caller, "SHARED(ONEKEY_LEG)", "joined"),
    )


def _call_back(call: CallBack) -> tuple[Header, ...]:
    """The seat first, the caller when it has answered. ``ChannelId`` lets one task ring one seat at a time."""
    channel_id = f"callback-{encode.press_or_target(call.task, 'task')}"
    return (
        ("Channel", f"PJSIP/{encode.seat(call.seat, 'seat')}"),
        ("ChannelId", channel_id),
        ("Context", "onekey-callback"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", str(call.ring_s * 1000)),
        ("CallerID", f'"{CALL_BACK_SHOWN}" <{encode.number(call.number, "number")}>'),
        ("Async", "true"),
        variable("ONEKEY_PRESS", call.task),
        variable("ONEKEY_NUMBER", call.number),
        variable("ONEKEY_UUI", encode.uui(call.uui, "uui")),
        variable("ONEKEY_RING_S", str(call.ring_s)),
        # a queue of another form has been heard of somehow; the switchboard's own will do, and the call is made
        *([variable("ONEKEY_QUEUE", call.queue)] if wire.SEAT.fullmatch(call.queue) else []),
    )


def _take_press(take: TakePress) -> tuple[Action, ...]:
    """``gateway:0`` is an owner without a leg: the dialplan rings nobody more, a leg of the gateway may still follow."""
    press = encode.press_or_target(take.press, "press")
    if take.over:
        return (_setvar(take.caller, f"SHARED(ONEKEY_OVER_{press})", "1"),)
    taken = _setvar(take.caller, f"SHARED(ONEKEY_TAKEN_{press})", "gateway:0")
    if not take.settled:
        return (taken,)
    joined = _setvar(take.caller, "SHARED(ONEKEY_JOINED_HOME)", "1" if take.joined else "")
    # in this order: a caller's dialplan that sees no pending press must already see where the caller is
    return (taken, joined, _setvar(take.caller, "SHARED(ONEKEY_PENDING)", ""))


def _whisper(say: SaySeat) -> tuple[Header, ...]:
    """One half of a Local channel whispers into the seat's ear what the other half plays."""
    return (
        ("Channel", "Local/whisper@onekey-say/n"),
        ("Context", "onekey-say"),
        ("Exten", "play"),
        ("Priority", "1"),
        ("Async", "true"),
        variable("ONEKEY_SAY_TO", encode.channel(say.channel, "channel")),
        variable("ONEKEY_SAY", encode.word(say.word, "word")),
    )


def _clean(clean: CleanBridge) -> tuple[Header, ...]:
    """One half of a Local channel enters the bridge, the other sees to it that it does not stay; both are silent."""
    return (
        ("Channel", "Local/in@onekey-clean/n"),
        ("Context", "onekey-clean"),
        ("Exten", "out"),
        ("Priority", "1"),
        ("Codecs", "alaw"),  # without one a Local channel speaks slin only, and nothing is set up anew
        ("Async", "true"),
        variable("ONEKEY_OF", encode.channel(clean.member, "member")),
    )


def _forget(presses: tuple[PressId, ...]) -> tuple[Header, ...]:
    """A messenger deletes the entries: AMI's own ``DBDelTree`` needs the right ``system``, which onekey never wants."""
    ids = [encode.press_or_target(press, "presses") for press in presses]
    if not ids:
        raise Refused("empty", "presses")
    return (
        ("Channel", "Local/forget@onekey-kept/n"),
        ("Context", "onekey-nobody"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Async", "true"),
        variable("ONEKEY_PRESSES", "&".join(ids)),
    )


def _music(play: PlayMusic) -> tuple[Action, ...]:
    """A sign on the caller's channel; with the first a leg of ours, one half of which enters his bridge while the other has the music."""
    beat = _setvar(play.member, "SHARED(ONEKEY_MUSIC)", str(int(play.beat)))
    if play.beat != 1:
        return (beat,)
    leg = (
        ("Channel", "Local/in@onekey-held/n"),
        ("Context", "onekey-held"),
        ("Exten", "music"),
        ("Priority", "1"),
        ("Codecs", "alaw"),
        ("Async", "true"),
        variable("ONEKEY_HELD_OF", encode.channel(play.member, "member")),
    )
    return beat, ("Originate", leg)


TEXTS_FROM = "onekey"
"""User of the address that texts come from. A name alone and no URI: then Asterisk leaves the host as it is (``update_from`` in
``res_pjsip_messaging.c``). Without it a text would come from the seat's own number, and phones file it under one's own. ``onekey-words`` has the same."""


def _message(tell: TellSeat) -> Action:
    """A SIP MESSAGE to the seat's own endpoint; the alphabet of a seat keeps it from being any other address."""
    if not tell.text.strip():
        raise Refused("empty", "text")
    return "MessageSend", (
        ("Destination", f"pjsip:{encode.seat(tell.seat, 'seat')}"),
        ("From", TEXTS_FROM),
        ("Body", encode.shown(tell.text, "text")),
    )


def _set_global(name: str, value: str) -> Action:
    """``Setvar`` without a channel. Only a plan is set so: no other global of a site is touched."""
    return "Setvar", (("Variable", encode.plan_name(name)), ("Value", encode.plan(value, name)))


def _pause(pause: PauseSeat) -> Action:
    """Without a queue Asterisk pauses the seat in all of its queues by one action."""
    said = [("Interface", f"PJSIP/{encode.seat(pause.seat, 'seat')}"), ("Paused", "true" if pause.paused else "false")]
    if pause.reason:
        said.append(("Reason", encode.pause_reason(pause.reason, "reason")))
    if pause.queue:
        said.append(("Queue", encode.seat(pause.queue, "queue")))
    return "QueuePause", tuple(said)


def _log(log: LogSeat) -> Action:
    """The member's name is the person's where the site names one, else the seat's number, as the shipped ``queues.conf`` has it."""
    seat = encode.seat(log.seat, "seat")
    interface = f"PJSIP/{seat}"
    said: tuple[Header, ...] = (("Queue", encode.seat(log.queue, "queue")), ("Interface", interface))
    if not log.logged_in:
        return "QueueRemove", said
    return "QueueAdd", (*said, ("MemberName", encode.person(log.name or seat, "name")), ("StateInterface", interface))


def _setvar(channel: str, name: str, value: str) -> Action:
    return "Setvar", (("Channel", encode.channel(channel, "channel")), ("Variable", name), ("Value", value))
