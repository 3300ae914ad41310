"""The turn: one event in, commands and records out. The only door of the core.

``Switchboards.step`` is synchronous and never waits, so the core needs no lock; it reads no clock, so a tape of events
replays to the same commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from gateway.core.machines.inputs import (
    CallerWentBack,
    RequestFailed,
)
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
from gateway.core.messages.commands import AnyCommand
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
from gateway.core.messages.events import HEARD, AnyEvent
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
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, SeatRow, TransferRow
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
from gateway.core.model.board import Board
from gateway.core.model.call import Call
from gateway.core.model.settings import Settings
from gateway.core.model.world import World
from gateway.core.rules.rule_set import RuleSet
from gateway.core.turn import kept, media_watch, plans, queue_waits, unattended
from gateway.core.turn.callbacks import (
    callback_asked,
    callback_dropped,
    callback_ended,
    reached,
)
from gateway.core.turn.callbacks import restore as restore_tasks
from gateway.core.turn.channels import bridge_changed, channel_changed
from gateway.core.turn.colleague import colleague_handed_caller
from gateway.core.turn.drift import check_began, checked, note
from gateway.core.turn.edits import edited
from gateway.core.turn.followed import home_fails, plan_refused
from gateway.core.turn.hand_over import handed_over
from gateway.core.turn.incoming_legs import (
    RECEIVED_MAX,
    context_doubted,
    context_received,
)
from gateway.core.turn.legs import leg_changed, offer_changed
from gateway.core.turn.lone_presses import home_answered
from gateway.core.turn.notifications import tell_seat
from gateway.core.turn.presses import (
    key_answered,
    key_pressed,
    key_took_back,
    never_came_home,
    said_of_transfer,
    transfer_asked,
)
from gateway.core.turn.queues import arrived, member_changed, queue_changed
from gateway.core.turn.resync import (
    link_lost,
    restore_seats,
    resync,
    told_again,
)
from gateway.core.turn.seats import seat_asked
from gateway.core.turn.timers import fired
from gateway.core.turn.transfers import advance
from gateway.core.values.ids import ChannelUid, PressId, SwitchboardId
from gateway.core.values.texts import FORWARDS

Out = list[AnyCommand | AnyRecord]


class Switchboards:
    """All attached switchboards, their calls, transfers and seats."""

    def __init__(
        self,
        ids: Iterable[SwitchboardId],
        rules: RuleSet,
        settings: Settings,
        *,
        transfers: Iterable[TransferRow] = (),
        contexts: Iterable[ContextRow] = (),
        seats: Iterable[SeatRow] = (),
        seen: Mapping[str, float] | None = None,
        waiting: Iterable[ChannelUid] = (),
        tasks: Iterable[CallbackRow] = (),
        read_rules: Callable[[str], RuleSet] | None = None,
    ) -> None:
        """``transfers`` and ``contexts`` are those that the store says have not ended: from before a restart.

        ``seats`` is each seat's last row, so that the next one says what it ended.
        ``seen`` is when each switchboard was last seen by a gateway: from there to the first snapshot is a gap.
        ``waiting`` are those of the contexts' calls whose wait in a queue was not over; ``tasks`` the open call-back tasks.
        ``read_rules`` gives the rules that the text of a ``RulesLoaded`` means, the same for the same text; None: none will be
        loaded.
        """
        boards = {id_: Board(id=id_, trunks=settings.trunks.get(id_, {})) for id_ in ids}
        self.world = World(boards=boards, rules=rules, settings=settings)
        restore_seats(self.world, seats, seen or {})
        self.world.restored = {row.id: row for row in transfers}
        self._read_rules = read_rules
        contexts = sorted(contexts, key=lambda context: context.at)
        elsewhere = [context for context in contexts if context.home not in self.world.boards]  # were given to us
        self.world.received = {context.id: context for context in elsewhere[-RECEIVED_MAX:]}
        for context in contexts:
            if context.home not in self.world.boards:
                continue
            uid = ChannelUid(context.call)
            self.world.calls[uid] = Call(
                home=context.home, uid=uid, name="", context=context, routing=context.said.for_rules()
            )
        queue_waits.restore(self.world, waiting)
        restore_tasks(self.world, tasks)

    def step(self, event: AnyEvent) -> Out:
        """Take one event. Returns what shall be done and written down, in order."""
        world = self.world
        world.out = []
        world.now = event.at
        if isinstance(event, RulesLoaded):
            self._rules_loaded(event)
            return world.out
        board = world.board(event.switchboard)
        if board.connected and event.at > board.seen_at and type(event) in HEARD:
            board.seen_at = event.at
        note(board, event)
        world.retold = None
        if board.put_off or event.at < board.snapshot_at:
            told_again(world, board, event)
        self._dispatch(board, event)
        plans.look(world, event.at)
        return world.out

    def _dispatch(self, board: Board, event: AnyEvent) -> None:
        # The order is the frequency on a busy switchboard; mypy sees that no event is forgotten.
        match event:
            case ChannelCreated() | ChannelStateChanged() | ChannelHungUp() | ChannelRenamed():
                channel_changed(self.world, board, event)
            case BridgeEntered() | BridgeLeft() | HoldStarted() | HoldEnded():
                bridge_changed(self.world, board, event)
            case MemberChanged() | MemberRemoved() | DeviceChanged():
                member_changed(self.world, board, event)
                unattended.look(self.world, board, event.at)
            case CommandSucceeded() | BlindTransferred():
                pass  # read from the channels; kept as events for the tape and the live feed
            case QueueJoined() | QueueLeft() | QueueAbandoned() | QueueAnswered():
                queue_changed(self.world, board, event)
                unattended.look(self.world, board, event.at)
            case LegStarted() | LegBranched() | LegFenced() | LegEnded() | RungFailed() | TrunkArrived():
                leg_changed(self.world, board, event)
            case LegOffered() | LegDeclined():
                offer_changed(self.world, event)
            case KeyPressed():
                key_pressed(self.world, event)
            case PlanDiffers() | PlanRefused() | HomeAnswered() | KeyTookBack() | KeyAnswered():
                self._key(event)
            case TransferAsked():
                transfer_asked(self.world, event)
            case TransferTakenBack() | OfferAnswered() | ConsultationDecided() | SeatReleased():
                said_of_transfer(self.world, event)
            case AttendedTransferred() | ColleagueHandedCaller() | CallerBack() | CallerFinished():
                self._caller(event)
            case SeatAsked() | PhoneForwards():
                self._seat(board, event)
            case CallbackAsked() | CallbackDropped() | CallbackEnded():
                self._callback(event)
            case ContextEdited() | ContextReceived() | ContextDoubted():
                self._context(event)
            case CallerArrived():
                arrived(self.world, board, event.uid, event.name, event.queue, event.at)
            case CommandFailed(command=command, why=why):
                self._command_failed(command, why, event.at)
            case TimerFired(timer=timer):
                fired(self.world, event.switchboard, timer, event.at)
            case LinkLost():
                link_lost(self.world, board, event)
            case Resynced() | CheckBegan() | Checked() | KeptRead() | TransfersFound():
                self._looked(board, event)
            case PacketsCounted():
                media_watch.counted(self.world, event)
            case RulesLoaded():
                pass  # of no switchboard: ``step`` has taken it
            case _:
                assert_never(event)

    def _key(self, event: PlanDiffers | PlanRefused | HomeAnswered | KeyTookBack | KeyAnswered) -> None:
        match event:
            case PlanDiffers():
                plans.mend(self.world, event)
            case PlanRefused():
                plan_refused(self.world, event)
            case HomeAnswered():
                if (sent := home_fails(self.world, event)) is not None:
                    never_came_home(self.world, sent)
                else:
                    home_answered(self.world, event)
            case KeyTookBack():
                key_took_back(self.world, event)
            case KeyAnswered():
                key_answered(self.world, event)

    def _looked(self, board: Board, event: Resynced | CheckBegan | Checked | KeptRead | TransfersFound) -> None:
        match event:
            case Resynced():
                resync(self.world, event)
                media_watch.resumed(self.world, board)
                plans.attached(self.world, board, event.at)
                kept.look_again(self.world, board)
                unattended.look(self.world, board, event.at)
            case KeptRead():
                kept.seen(self.world, board, event.kept)
            case TransfersFound():
                kept.found(self.world, event)
            case CheckBegan():
                check_began(board)
            case Checked():
                checked(self.world, event)

    def _caller(self, event: AttendedTransferred | ColleagueHandedCaller | CallerBack | CallerFinished) -> None:
        """A phone has handed a caller over, or his own dialplan says where he goes."""
        match event:
            case AttendedTransferred():
                handed_over(self.world, event)
            case ColleagueHandedCaller():
                colleague_handed_caller(self.world, event)
            case CallerBack(uid=uid):
                call = self.world.calls.get(uid)
                advance(self.world, call.transfer if call else None, CallerWentBack(), event.at)
            case CallerFinished(uid=uid):
                if (call := self.world.calls.get(uid)) is not None:
                    reached(self.world, call)

    def _seat(self, board: Board, event: SeatAsked | PhoneForwards) -> None:
        match event:
            case SeatAsked():
                seat_asked(self.world, event)
            case PhoneForwards():
                tell_seat(self.world, board.id, event.seat, "", FORWARDS)

    def _callback(self, event: CallbackAsked | CallbackDropped | CallbackEnded) -> None:
        match event:
            case CallbackAsked():
                callback_asked(self.world, event)
            case CallbackDropped():
                callback_dropped(self.world, event)
            case CallbackEnded():
                callback_ended(self.world, event)

    def _rules_loaded(self, event: RulesLoaded) -> None:
        """From the next press on these decide. A transfer keeps its ladder and terms, so it keeps its rules."""
        world = self.world
        assert self._read_rules is not None, "rules were loaded into a core that cannot read them"
        world.rules = self._read_rules(event.text)
        plans.rules_loaded(world, event.at)

    def _context(self, event: ContextEdited | ContextReceived | ContextDoubted) -> None:
        match event:
            case ContextEdited():
                edited(self.world, event)
            case ContextReceived():
                context_received(self.world, event)
            case ContextDoubted():
                context_doubted(self.world, event)

    def _command_failed(self, command: str, why: str, at: float) -> None:
        """Only a failed request to ring changes a transfer; ``RingTarget`` carries the press in its id."""
        _, _, press = command.partition(":")
        if press:
            advance(self.world, PressId(press), RequestFailed(why), at)
