"""The turn: one event in, commands and records out. The only door of the core.

``Switchboards.step`` is synchronous and never waits, so the core needs no lock; it reads no clock, so a tape of events
replays to the same commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from gateway.core.machines.inputs import (
    CallerWentBack,
    LegBegan,
    LegRefused,
    OfferDeclined,
    RequestFailed,
    RingingEnded,
    TargetAnswered,
    TargetHungUp,
    TargetOffered,
    TargetRang,
    TransfereeHungUp,
    TransfererHungUp,
)
from gateway.core.messages.commands import AnyCommand, AttachContext, HideNumber
from gateway.core.messages.events import (
    AnyEvent,
    AttendedTransferred,
    BlindTransferred,
    BridgeEntered,
    BridgeLeft,
    CallbackAsked,
    CallbackDropped,
    CallbackEnded,
    CallerArrived,
    CallerBack,
    CallerFinished,
    ChannelCreated,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    CheckBegan,
    Checked,
    ColleagueHandedCaller,
    CommandFailed,
    CommandSucceeded,
    ConsultationDecided,
    ContextDoubted,
    ContextEdited,
    ContextReceived,
    DeviceChanged,
    HoldEnded,
    HoldStarted,
    HomeAnswered,
    KeptRead,
    KeyAnswered,
    KeyPressed,
    KeyTookBack,
    LegBranched,
    LegDeclined,
    LegEnded,
    LegFenced,
    LegOffered,
    LegStarted,
    LinkLost,
    MemberChanged,
    MemberRemoved,
    OfferAnswered,
    PacketsCounted,
    PhoneForwards,
    PlanDiffers,
    PlanRefused,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
    Resynced,
    RulesLoaded,
    RungFailed,
    SeatAsked,
    SeatReleased,
    TimerFired,
    TransferAsked,
    TransfersFound,
    TransferTakenBack,
    TrunkArrived,
)
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, SeatRow, TransferRow
from gateway.core.messages.snapshots import CallerWaiting, MemberSeen
from gateway.core.model import call as calls
from gateway.core.model.board import Board, Channel
from gateway.core.model.call import Call
from gateway.core.model.world import Leg, Settings, World
from gateway.core.rules.rule_set import RuleSet
from gateway.core.turn import hold_music, kept, media_watch, plans, queue_waits, unattended
from gateway.core.turn.callbacks import (
    callback_asked,
    callback_dropped,
    callback_ended,
    callback_timer,
    reached,
)
from gateway.core.turn.callbacks import restore as restore_tasks
from gateway.core.turn.colleague import colleague_handed_caller
from gateway.core.turn.drift import check_began, checked, note
from gateway.core.turn.followed import home_fails, is_unwanted, plan_refused
from gateway.core.turn.hand_over import handed_over
from gateway.core.turn.incoming_legs import (
    RECEIVED_MAX,
    compare_id,
    context_doubted,
    context_received,
    leg_unknown,
    record_late,
    seat_rings,
    trunk_arrived,
    warn_seat,
)
from gateway.core.turn.lone_presses import home_answered, still_lone
from gateway.core.turn.notifications import tell_seat
from gateway.core.turn.presses import (
    adopt,
    key_answered,
    key_pressed,
    key_took_back,
    never_came_home,
    said_of_transfer,
    transfer_asked,
)
from gateway.core.turn.resync import (
    close_restored,
    end_call,
    forget,
    restore_seats,
    resync,
    settle,
    told_again,
)
from gateway.core.turn.seats import (
    given_by,
    log_out,
    review,
    review_all,
    review_behind_trunks,
    seat_asked,
    seats_around,
    wrap_up_over,
)
from gateway.core.turn.transfer_openings import left_to_dialplan
from gateway.core.turn.transfers import advance, time_up
from gateway.core.values import timers
from gateway.core.values.ids import ChannelState, ChannelUid, PressId, SwitchboardId
from gateway.core.values.texts import FORWARDS
from gateway.core.values.timers import TimerKind
from gateway.core.values.uui import encode

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
        self.world = World({id_: Board(id_) for id_ in ids}, rules, settings)
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
            self.world.calls[uid] = Call(context.home, uid, "", context, said=context.said.for_rules())
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
        if board.connected and event.at > board.seen_at and not isinstance(event, LinkLost):
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
                self._channel(board, event)
            case BridgeEntered() | BridgeLeft() | HoldStarted() | HoldEnded():
                self._bridge(board, event)
            case MemberChanged() | MemberRemoved() | DeviceChanged():
                self._member(board, event)
                unattended.look(self.world, board, event.at)
            case CommandSucceeded() | BlindTransferred():
                pass  # read from the channels; kept as events for the tape and the live feed
            case QueueJoined() | QueueLeft() | QueueAbandoned() | QueueAnswered():
                self._queue(board, event)
                unattended.look(self.world, board, event.at)
            case LegStarted() | LegBranched() | LegFenced() | LegEnded() | RungFailed() | TrunkArrived():
                self._leg(board, event)
            case LegOffered() | LegDeclined():
                self._offer(event)
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
                self._arrived(board, event.uid, event.name, event.queue, event.at)
            case CommandFailed(command=command, why=why):
                self._command_failed(command, why, event.at)
            case TimerFired(timer=timer):
                self._timer(event.switchboard, timer, event.at)
            case LinkLost():
                self._link_lost(board, event)
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

    # --- the rules ----------------------------------------------------------------------------------------------------

    def _rules_loaded(self, event: RulesLoaded) -> None:
        """From the next press on these decide. A transfer keeps its ladder and terms, so it keeps its rules."""
        world = self.world
        assert self._read_rules is not None, "rules were loaded into a core that cannot read them"
        world.rules = self._read_rules(event.text)
        plans.rules_loaded(world, event.at)

    def _link_lost(self, board: Board, event: LinkLost) -> None:
        """Everything about this switchboard is unknown, from the last sure moment on."""
        settle(self.world, board)
        board.seen_at = max(board.seen_at, event.heard_at or event.at)
        board.connected, board.lost_why = False, event.why
        review_all(self.world, board, board.seen_at, "link_lost")
        review_behind_trunks(self.world, board, board.seen_at, "link_lost")

    # --- channels -----------------------------------------------------------------------------------------------------

    def _channel(
        self, board: Board, event: ChannelCreated | ChannelStateChanged | ChannelRenamed | ChannelHungUp
    ) -> None:
        world = self.world
        match event:
            case ChannelCreated():
                channel = Channel(
                    event.uid,
                    event.name,
                    event.state,
                    event.caller_number,
                    event.caller_name,
                    event.linkedid,
                    event.at,
                )
                board.add(channel)
                compare_id(world, event.uid)
                self._review(board, event.uid, event.at, "channel_created")
            case ChannelStateChanged():
                known = board.channels.get(event.uid)
                if known is None:
                    return
                known.state = event.state
                if (leg := world.legs.get(event.uid)) is not None and event.state is ChannelState.RINGING:
                    advance(world, leg.press, TargetRang(), event.at)
                if event.state is ChannelState.RINGING and known.linkedid in world.arrivals:
                    seat_rings(world, board, known)
                self._review(board, event.uid, event.at, f"channel_{event.state}")
            case ChannelRenamed():
                board.rename(event.uid, event.name)
                if (call := world.calls.get(event.uid)) is not None:
                    call.name = event.name
            case ChannelHungUp():
                self._hung_up(board, event)

    def _hung_up(self, board: Board, event: ChannelHungUp) -> None:
        world, uid, at = self.world, event.uid, event.at
        around = seats_around(world, board, uid)
        queue_waits.hung_up(world, board, event)
        board.remove(uid)
        if (leg := world.legs.get(uid)) is not None:
            transfer = world.transfers.get(leg.press)
            if transfer is not None and transfer.leg == uid:
                advance(world, leg.press, TargetHungUp(event.cause), at)
        for press in list(world.transferers.get(uid, ())):
            advance(world, press, TransfererHungUp(), at)
        if (call := world.calls.get(uid)) is not None:
            for transfer in world.transfers.of_caller(uid):
                if transfer.running:
                    advance(world, transfer.id, TransfereeHungUp(), at)
        for seat_board, seat in around:
            review(world, seat_board, seat, at, "hung_up")
        if call is not None:
            end_call(world, call, at)
        forget(world, uid)

    # --- bridges --------------------------------------------------------------------------------------------------------

    def _bridge(self, board: Board, event: BridgeEntered | BridgeLeft | HoldStarted | HoldEnded) -> None:
        world = self.world
        match event:
            case BridgeEntered(uid=uid, bridge=bridge):
                board.enter(uid, bridge)
                self._joined(board, uid, event.at)
                media_watch.entered(world, board, bridge)
                hold_music.look(world, board, bridge)
                self._review(board, uid, event.at, "bridged")
            case BridgeLeft(uid=uid, bridge=bridge):
                around = seats_around(world, board, uid)
                board.leave(uid, bridge)
                for seat_board, seat in around:
                    review(world, seat_board, seat, event.at, "unbridged")
                media_watch.left(world, board, bridge)
                hold_music.look(world, board, bridge)
            case HoldStarted(uid=uid) | HoldEnded(uid=uid):
                if (channel := board.channels.get(uid)) is not None:
                    channel.held, channel.untold = isinstance(event, HoldStarted), False
                    hold_music.look(world, board, channel.bridge)
                    self._review(board, uid, event.at, "held" if channel.held else "unheld")

    def _joined(self, board: Board, uid: ChannelUid, at: float) -> None:
        """Someone has entered a bridge: are a caller and the leg that rings for him together now?"""
        for mate in list(board.mates(uid)):
            leg = self.world.legs.get(mate.uid)
            if leg is None or not board.together(leg.uid, leg.caller_uid):
                continue
            transfer = self.world.transfers.get(leg.press)
            if transfer is not None and transfer.leg == leg.uid and not transfer.answered_at:
                advance(self.world, leg.press, TargetAnswered(), at)

    def _review(self, board: Board, uid: ChannelUid, at: float, why: str) -> None:
        for seat_board, seat in seats_around(self.world, board, uid):
            review(self.world, seat_board, seat, at, why)

    # --- queues and seats ---------------------------------------------------------------------------------------------

    def _queue(self, board: Board, event: QueueJoined | QueueLeft | QueueAbandoned | QueueAnswered) -> None:
        world = self.world
        match event:
            case QueueJoined():
                board.waiting[event.channel] = CallerWaiting(event.queue, event.channel, event.at)
                self._arrived(
                    board,
                    event.channel,
                    event.channel_name,
                    event.queue,
                    event.at,
                    event.caller_number,
                    event.caller_name,
                )
                queue_waits.joined(world, board, event)
            case QueueLeft():
                board.waiting.pop(event.channel, None)
                queue_waits.left(world, board, event)
            case QueueAbandoned():
                board.waiting.pop(event.channel, None)
                queue_waits.given_up(world, board, event)
            case QueueAnswered():
                queue_waits.answered(world, board, event)
                given_by(world, board, event)
                call = world.call_behind(board, event.channel)
                warn_seat(world, board, event)
                if call is not None:
                    call.context = calls.answered(
                        call.context, board.id, event.queue, event.seat, event.wait_s, event.at
                    )
                    world.out.append(call.context)

    def _arrived(
        self, board: Board, uid: ChannelUid, name: str, queue: str, at: float, number: str = "", caller: str = ""
    ) -> None:
        """A citizen is about to wait: his matter gets its context, and his channel its signed id, before anyone's phone rings. Where the
        dialplan does not say so, his joining the queue does, and the first phone may ring without the id."""
        world = self.world
        channel = board.channels.get(uid)
        if uid in world.calls or uid in world.arrivals:
            return
        if channel is None or not channel.is_citizen:
            return
        number, caller = number or channel.caller_number, caller or channel.caller_name
        context = calls.new_context(board.id, uid, number, caller, queue, at)
        world.calls[uid] = Call(board.id, uid, name, context)
        uui = encode(context.id, context.version, at, world.settings.signing_key)
        url = world.settings.records_url
        eido = f"{url}/{context.id}?format=eido" if url else ""
        world.out.append(AttachContext(world.next_id(), board.id, uid, uid, uui, eido=eido))
        world.out.append(context)
        plans.call_changed(world, world.calls[uid], at)

    def _context(self, event: ContextEdited | ContextReceived | ContextDoubted) -> None:
        match event:
            case ContextEdited():
                self._edited(event)
            case ContextReceived():
                context_received(self.world, event)
            case ContextDoubted():
                context_doubted(self.world, event)

    def _edited(self, event: ContextEdited) -> None:
        """A person writes down what the caller said. Who saw an older version writes nothing: nothing is overwritten unseen."""
        world, call = self.world, self.world.calls.get(event.call)
        if call is None or call.context.version != event.version:
            return
        if call.context.said.confidential != event.said.confidential:
            world.out.append(HideNumber(world.next_id(), call.home, call.uid, call.uid, event.said.confidential))
        call.context = calls.edited(call.context, event.said, event.by, event.at, event.owner or None)
        call.said = call.said.then(event.said.for_rules())
        world.out.append(call.context)
        plans.call_changed(world, call, event.at)

    def _member(self, board: Board, event: MemberChanged | MemberRemoved | DeviceChanged) -> None:
        match event:
            case MemberChanged():
                said = MemberSeen(
                    event.queue, event.seat, event.device, event.paused, event.pause_reason, event.of_phone
                )
                if board.set_member(said):
                    review(self.world, board, event.seat, event.at, "member_changed")
            case MemberRemoved():
                log_out(self.world, board, event.seat, event.queue, event.at)
            case DeviceChanged():
                if board.set_phone(event.seat, event.device):
                    review(self.world, board, event.seat, event.at, f"device_{event.device}")

    # --- legs -----------------------------------------------------------------------------------------------------------

    def _offer(self, event: LegOffered | LegDeclined) -> None:
        transfer = self.world.transfers.get(event.press)
        if transfer is None or transfer.leg != event.uid:
            return
        fact = TargetOffered() if isinstance(event, LegOffered) else OfferDeclined(event.reason)
        advance(self.world, event.press, fact, event.at)

    def _leg(
        self, board: Board, event: LegStarted | LegBranched | LegFenced | LegEnded | RungFailed | TrunkArrived
    ) -> None:
        world = self.world
        match event:
            case LegStarted() if is_unwanted(world, event):
                pass  # it ends, and was never this transfer's
            case LegStarted():
                world.legs[event.uid] = Leg(board.id, event.uid, event.press, event.caller_uid)
                if event.press not in world.transfers:
                    adopt(world, event, world.restored.pop(event.press, None))
                elif event.by == "dialplan":
                    left_to_dialplan(world, event)
                advance(world, event.press, LegBegan(event.uid, event.attempt, event.by), event.at)
                compare_id(world, event.uid)
                queue_waits.leg_began(world, event.uid)
            case LegBranched():
                world.legs[event.uid] = Leg(board.id, event.uid, event.press, event.caller_uid)
                compare_id(world, event.uid)
                queue_waits.leg_began(world, event.uid)
            case LegFenced():
                transfer = world.transfers.get(event.press)
                if event.by == "gateway" or (transfer is not None and transfer.planned):
                    advance(world, event.press, LegRefused(event.taken), event.at)
            case LegEnded():
                transfer = world.transfers.get(event.press)
                if transfer is not None and (transfer.attempt, transfer.by) == (event.attempt, event.by):
                    advance(world, event.press, RingingEnded(event.status), event.at)
            case RungFailed():
                transfer = world.transfers.get(event.press)
                if transfer is not None and transfer.leg == event.uid:
                    advance(world, event.press, TargetHungUp(event.cause), event.at)
            case TrunkArrived():
                trunk_arrived(world, board, event)

    # --- answers and time ---------------------------------------------------------------------------------------------

    def _command_failed(self, command: str, why: str, at: float) -> None:
        """Only a failed request to ring changes a transfer; ``RingTarget`` carries the press in its id."""
        _, _, press = command.partition(":")
        if press:
            advance(self.world, PressId(press), RequestFailed(why), at)

    def _timer(self, switchboard: SwitchboardId, timer: str, at: float) -> None:
        world, (kind, subject) = self.world, timers.read(timer)
        match kind:
            case TimerKind.TRANSFER:
                time_up(world, PressId(subject), at)
            case TimerKind.RESTORED:
                close_restored(world, world.board(switchboard), at)
            case TimerKind.CALLBACK:
                callback_timer(world, switchboard, PressId(subject))
            case TimerKind.UNATTENDED:
                unattended.unattended_timer(world, world.board(switchboard), at)
            case TimerKind.LEG:
                leg_unknown(world, ChannelUid(subject))
            case TimerKind.RECORD:
                record_late(world, ChannelUid(subject))
            case TimerKind.MUSIC:
                hold_music.sign(world, world.board(switchboard), ChannelUid(subject))
            case TimerKind.MEDIA:
                media_watch.look(world, world.board(switchboard), subject)
            case TimerKind.LONE:
                still_lone(world, subject)
            case TimerKind.PLANS:
                plans.settled(world, at)
            case TimerKind.COMPARE:
                plans.compare(world, world.board(switchboard))
            case TimerKind.HEARTBEAT:
                plans.beat(world, world.board(switchboard), at)
            case TimerKind.SENT:
                if (sent := world.sent.pop(PressId(subject), None)) is not None and sent.press not in world.transfers:
                    never_came_home(world, sent)
            case TimerKind.KEPT:
                kept.read(world, world.board(switchboard))
            case TimerKind.SETTLE:
                settle(world, world.board(switchboard))
            case TimerKind.WRAP_UP:
                wrap_up_over(world, subject, at)
            case _:
                assert_never(kind)
