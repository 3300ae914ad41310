"""The media watch: bridged means heard (law 9).

After each join to a call of three, and each leave from it, every party of the conversation is looked at: is it sent packets while
somebody else speaks? Who is well is looked at once more. A party that is sent next to nothing at two looks, one after the other, is counted, its seat is told, and it is healed
by a leg of ours that leaves the bridge and enters it again, which makes Asterisk set up everybody's audio anew. Nobody's call is touched: where two talk, a silent leg of our own
enters their bridge and leaves it. The look begins when the voices have settled and stands in no press's way.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.messages.answers import PacketsCounted, PartyPackets
from gateway.core.messages.commands import CleanBridge, CountPackets, RejoinLeg, StartTimer
from gateway.core.model.board import Board, Channel
from gateway.core.model.parts import Watched
from gateway.core.model.world import World
from gateway.core.turn.notifications import tell_seat
from gateway.core.values import texts
from gateway.core.values.bilingual import Pair
from gateway.core.values.ids import ChannelUid, SeatId, SwitchboardId
from gateway.core.values.texts import party_text
from gateway.core.values.timers import TimerKind

PACKETS_MIN = 2
"""Fewer in a look are as good as none: it is the packet that was on its way when the sound ended."""
SHARE_MIN = 0.3
"""A party that is sent less of what somebody else speaks hears nothing of use. Not every packet of a deaf party is dropped: on a busy machine
one or two in a look get through Debian's patch (docs/decisions/0006), and a look began while a leg was still on its way."""
AGAIN = 4
"""The second look at those who are well, in ``media_settle_s``: on a busy machine Asterisk takes its time to rebuild a bridge, and a party may
lose its sound a second after the join."""
HEALS_MAX = 4
"""Number of times that a bridge is healed before people are told to help themselves. Each of our legs in it has a turn, and one a second."""


def entered(world: World, board: Board, bridge: str) -> None:
    """A channel has entered a bridge: three are looked at."""
    if _people(board, bridge) >= 3:
        _changed(world, board, bridge)


def left(world: World, board: Board, bridge: str) -> None:
    """A channel has left a bridge: two who go on, and have been three, are looked at."""
    if (board.id, bridge) not in world.watched:
        return
    if _people(board, bridge) >= 2:
        _changed(world, board, bridge)
    elif bridge not in board.bridges:
        del world.watched[(board.id, bridge)]


def resumed(world: World, board: Board) -> None:
    """A snapshot has come: what happened to the calls of three meanwhile nobody has watched."""
    for key in [key for key in world.watched if key[0] == board.id and key[1] not in board.bridges]:
        del world.watched[key]
    for bridge in sorted(board.bridges):
        if _people(board, bridge) >= 3:
            _changed(world, board, bridge)


def look(world: World, board: Board, bridge: str) -> None:
    """The voices have settled: count the packets of everybody whom this bridge joins, also behind Local channels and trunks."""
    if bridge not in board.bridges:
        world.watched.pop((board.id, bridge), None)
        return
    if not board.connected:
        return
    roots: dict[SwitchboardId, str] = {}
    for where, there in _reach(world, board, bridge):
        roots.setdefault(where.id, there)
    for id_, root in roots.items():
        where = world.board(id_)
        uids = tuple(sorted(mate.uid for mate in phones_of(where, root) if not mate.held))
        if len(uids) >= 2:
            order = f"{TimerKind.MEDIA}:{id_}:{root}"  # of its own: no command of the call waits for a look
            world.out.append(
                CountPackets(world.next_id(), id_, order, bridge=root, channels=uids, for_s=world.settings.media_look_s)
            )


def counted(world: World, event: PacketsCounted) -> None:
    """The count of one conversation on one switchboard: who is sent nothing while somebody else in it speaks?"""
    board = world.board(event.switchboard)
    if event.keyed:
        if event.bridge in board.bridges:
            _look_soon(world, board, event.bridge)
        return
    # who has put the others on hold since the look began neither wants sound nor gives any
    there = {mate.uid for mate in phones_of(board, event.bridge) if not mate.held}
    counts = [seen for seen in event.parties if seen.uid in there]
    deaf = frozenset(seen.uid for seen in counts if _hears_nothing(seen, counts))
    watched = world.watched.get((board.id, event.bridge))
    if watched is None:
        if not deaf:
            return
        watched = world.watched[(board.id, event.bridge)] = Watched()
    # A network that stumbles looks the same for a moment, and healing is no help to one who hears.
    once = deaf - watched.suspected - watched.deaf
    watched.suspected, deaf = deaf, deaf - once
    if once:
        _look_soon(world, board, event.bridge)
    new, healed = deaf - watched.deaf, (watched.deaf - deaf) & there
    watched.deaf = deaf
    board.silent_parties += len(new)
    board.healed_parties += len(healed)
    if healed and not deaf:
        watched.heals = 0
        _tell(world, board, event.bridge, healed, "healed")
    if not deaf:
        if not once and not watched.well:
            watched.well = True
            _look_soon(world, board, event.bridge, times=AGAIN)
        return
    watched.well = False
    if watched.heals >= HEALS_MAX:
        _tell(world, board, event.bridge, deaf, "deaf")
        return
    if new:
        _tell(world, board, event.bridge, new, "healing")
    watched.heals += 1
    for bridge in sorted({board.channels[uid].bridge for uid in deaf}):
        _heal(world, board, bridge, watched.heals)
    if not once:
        _look_soon(world, board, event.bridge)


def _hears_nothing(party: PartyPackets, counts: Sequence[PartyPackets]) -> bool:
    """True where somebody else speaks and the party is sent next to nothing of it. Measured by its own packets too, where it sends any: who
    speaks in long packets is sent long, and so few, ones."""
    spoken = max((seen.received for seen in counts if seen.uid != party.uid), default=0)
    if spoken < PACKETS_MIN:
        return False
    due = min(spoken, party.received) if party.received >= PACKETS_MIN else spoken
    return party.sent < max(PACKETS_MIN, due * SHARE_MIN)


def _heal(world: World, board: Board, bridge: str, turn: int) -> None:
    """Three: one of our legs leaves and enters again, the newest first, then the others in turn: a party that talks through a Local
    channel keeps its translation until that channel has been out. Two, or no leg of ours: a silent leg enters and leaves; were the leg
    one of two, the caller would be alone for that moment."""
    mates = [board.channels[uid] for uid in board.bridges[bridge]]
    legs = sorted((mate for mate in mates if mate.uid in world.legs), key=lambda leg: -leg.created_at)
    order = f"{TimerKind.MEDIA}:{board.id}:{bridge}"
    if len(mates) >= 3 and legs:
        world.out.append(RejoinLeg(world.next_id(), board.id, order, legs[(turn - 1) % len(legs)].uid))
    else:
        stays = min(mates, key=lambda mate: (mate.uid not in world.calls, not mate.device, mate.created_at))
        world.out.append(CleanBridge(world.next_id(), board.id, order, stays.name))


def _changed(world: World, board: Board, bridge: str) -> None:
    _look_soon(world, board, bridge)
    if (watched := world.watched.get((board.id, bridge))) is not None:
        watched.well = False


def _look_soon(world: World, board: Board, bridge: str, *, times: int = 1) -> None:
    """Once the voices have settled; a further change puts it off."""
    after_s = world.settings.media_settle_s * times
    if not after_s:
        return
    world.watched.setdefault((board.id, bridge), Watched())
    timer = TimerKind.MEDIA.of(bridge)
    world.out.append(StartTimer(world.next_id(), board.id, f"{TimerKind.MEDIA}:{board.id}:{bridge}", timer, after_s))


def _people(board: Board, bridge: str) -> int:
    return len(board.bridges.get(bridge, ()))


def phones_of(board: Board, bridge: str) -> list[Channel]:
    """The channels that have packets, phones and trunk legs, of a bridge and of those that hang on it by Local channels."""
    bridges = [bridge]
    for one in bridges:  # grows as it is walked; each bridge once
        for uid in board.bridges.get(one, ()):
            twin = board.twin(board.channels[uid])
            if twin is not None and twin.bridge and twin.bridge not in bridges:
                bridges.append(twin.bridge)
    mates = (board.channels[uid] for one in bridges for uid in board.bridges.get(one, ()))
    return [mate for mate in mates if mate.device]


def _reach(world: World, board: Board, bridge: str) -> list[tuple[Board, str]]:
    """A bridge, and those on other switchboards to which its trunk legs lead."""
    found = [(board, bridge)]
    for where, there in found:  # grows as it is walked; each bridge once
        for mate in phones_of(where, there):
            arrival = world.arrival_of.get(mate.uid)
            if arrival is None or not (far := world.board(arrival.switchboard)).connected:
                continue
            channel = far.channels.get(arrival.uid)
            if channel is not None and channel.bridge and (far, channel.bridge) not in found:
                found.append((far, channel.bridge))
    return found


def _tell(world: World, board: Board, bridge: str, deaf: frozenset[ChannelUid], word: str) -> None:
    """Every seat of the conversation reads whose ear it is about; a leg's own seat behind a trunk as well."""
    names = [_name(world, board, uid) for uid in sorted(deaf)]
    call = next((world.calls[uid].uid for uid in board.bridges.get(bridge, ()) if uid in world.calls), "")
    for where, there in _reach(world, board, bridge):
        for mate in sorted(phones_of(where, there), key=lambda mate: mate.uid):
            if mate.device in where.members:
                tell_seat(world, where.id, SeatId(mate.device), call, party_text(names, word))


def _name(world: World, board: Board, uid: ChannelUid) -> Pair:
    """Name of a deaf party: the caller, a seat, another switchboard. Never its number."""
    channel = board.channels[uid]
    if uid in world.calls or uid in world.arrivals:
        return texts.THE_CALLER
    if channel.device in board.members:
        return texts.SEAT(seat=channel.device)
    return texts.THE_OTHER_SIDE
