"""Call contexts for people and programs: read, edited, found, traced; each as the holder of a token may see it.

While the call lives the core owns the context, and an edit is an event; afterwards the store does, and an edit compares and
writes in one step. Both ways an edit says which version it has seen, and one that has not seen the newest is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, NoReturn

from gateway.contexts import texts
from gateway.contexts.case_models import NOT_TAKEN, case_after
from gateway.contexts.field_rules import Unfits, problem_of
from gateway.contexts.imports import ImportedCase, context_of
from gateway.contexts.masked_edits import MASKED, NOT_YOURS_TO_LIFT, carried, masked_in
from gateway.contexts.outbox import Outbox
from gateway.contexts.peers import Changed
from gateway.contexts.trace import traced
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import AnyRecord, ContextRow
from gateway.core.messages.redaction import hidden_from
from gateway.core.messages.requests import ContextEdited
from gateway.core.model.call import Call, edited
from gateway.core.model.conversation import leads_to
from gateway.core.model.world import World
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.problems import Problem
from gateway.security import rights
from gateway.security.principal import Principal
from gateway.services.durability import Durability
from gateway.services.idempotency import digest
from gateway.services.requests import ContextQuery
from gateway.services.store_problems import store_errors_as_problems
from gateway.store import Store, StoreError, Stuck
from gateway.store.search import ContextSearch
from gateway.views.contexts import context_view, history_view
from gateway.views.plain import View

EDIT_LATER = texts.CALLS_GO_ON


TOLD_TO_ALL = ("id", "version", "full", "changed_at")
"""Fields of a context that whoever may edit it is told."""


EditAtHome = Callable[[SwitchboardId, str, int, dict[str, Any]], Awaitable[ContextRow]]
"""Home, id, version and patch of an edit of somebody else's record: the row that came of it. Raises Problem, or Changed."""


class Contexts:
    """Contexts of one gateway. ``written`` hands what the last turns decided to the store, ``publish`` tells the live feed;
    from organisations that are ``excepted`` a caller's wish for confidence hides nothing. ``at_home`` edits
    the record of a caller whose home is not attached. What is to be pushed of an edit is written with it, and then in the ``outbox``."""

    def __init__(
        self,
        world: World,
        store: Store,
        submit: Callable[[AnyEvent], None],
        written: Callable[[], None],
        publish: Callable[[AnyRecord], None],
        excepted: Callable[[str], bool],
        clock: Callable[[], float],
        at_home: EditAtHome,
        outbox: Outbox,
        limits: DoorLimits = DOOR_LIMITS,
    ) -> None:
        self._outbox, self._limits = outbox, limits
        self._world, self._store, self._clock, self._at_home = world, store, clock, at_home
        self._submit, self._publish, self._excepted = submit, publish, excepted
        self._durability = Durability(written, store)

    # --- reading --------------------------------------------------------------------------------------------------------

    async def get(self, id_: str, full: bool, principal: Principal) -> View | None:
        """One context."""
        row = await self.row(id_, principal)
        if row is not None and full:
            rights.need_full(self._world, row, principal)
        return self.shown(row, full, principal) if row is not None else None

    async def row(self, id_: str, principal: Principal) -> ContextRow | None:
        """One context that the holder may see: the live one, or the stored one. A live one that is another's takes the way to the store
        as one that there is not: how long an answer takes tells nothing."""
        call = self._live(id_)
        if call is not None and rights.sees(principal, call):
            return call.context
        await self._durability.written()
        with store_errors_as_problems():
            row = await self._store.context(id_)
        return row if row is not None and rights.sees(principal, row) else None

    def shown(self, row: ContextRow, full: bool, principal: Principal) -> View:
        """A context as this holder may see it."""
        reader = principal.switchboard
        whole = self._world.rules.sees_place(reader)
        return context_view(row, full=full, hidden=self.hides(row, principal), whole=whole, reader=reader)

    def told_to(self, row: ContextRow, principal: Principal) -> View:
        """The answer to an edit: whoever may edit and not read learns of the version, and nothing that stands in it."""
        whole = self.shown(row, False, principal)
        return whole if principal.may("read") else {name: whole[name] for name in TOLD_TO_ALL}

    def hides(self, row: ContextRow, principal: Principal) -> bool:
        """True where the caller's number is kept from this holder: the caller's wish, beyond the home and those who are excepted."""
        return hidden_from(row, principal.switchboard, self._excepted(principal.switchboard))

    def check_leg(self, id_: str, leg: str, principal: Principal) -> None:
        """True where a leg of the holder's is about this context's caller: one that rings for him, or any channel of a seat that has him. A
        leg is the holder's where it stands on that switchboard, or leads there; any other is unknown, whether it lives or not."""
        world, uid = self._world, ChannelUid(leg)
        board = next((board for board in world.boards.values() if uid in board.channels), None)
        if board is None or not (principal.sees((board.id,)) or leads_to(board.channels[uid], principal.switchboard)):
            raise Problem("leg_unknown", leg=leg)
        call = world.call_behind(board, uid)
        if call is not None and call.context.id != id_:
            raise Problem("wrong_leg", leg=leg)

    async def history(self, id_: str, full: bool, principal: Principal) -> list[View]:
        """Changes with author and instant."""
        row = await self.row(id_, principal)
        if row is None:
            return []
        if full:
            rights.need_full(self._world, row, principal)
        await self._durability.written()
        with store_errors_as_problems():
            rows = await self._store.context_versions(id_)
        reader = principal.switchboard
        whole = self._world.rules.sees_place(reader)
        return history_view(rows, full=full, hidden=self.hides(row, principal), whole=whole, reader=reader)

    async def search(
        self, wish: ContextQuery, limit: int, cursor: str, full: bool, principal: Principal
    ) -> tuple[list[View], str]:
        """Contexts that fit."""
        organisation = principal.switchboard
        excepted = self._excepted(organisation)
        asked = ContextSearch(**asdict(wish), organisation=organisation, excepted=excepted, masked=not full)
        await self._durability.written()
        with store_errors_as_problems():
            rows, following = await self._store.contexts(asked, limit, cursor)
        return [self._listed(row, full, principal) for row in rows if rights.sees(principal, row)], following

    def _listed(self, row: ContextRow, full: bool, principal: Principal) -> View:
        """One of many: masked where this one is not for the holder to read in full."""
        if full:
            try:
                rights.need_full(self._world, row, principal)
            except Problem:
                full = False
        return self.shown(row, full, principal)

    async def trace(self, id_: str, principal: Principal) -> View | None:
        """A matter by its context's id or that of one of its transfers: its history, transfers, and what shares a case number."""
        row = await self.row(id_, principal)
        if row is None:
            with store_errors_as_problems():
                transfer = await self._store.transfer(id_)
            mine = transfer is not None and rights.sees(principal, transfer)
            row = await self.row(transfer.context, principal) if transfer is not None and mine else None
        if row is None:
            return None
        await self._durability.written()
        with store_errors_as_problems():
            return await traced(
                self._store, row, lambda one: self.shown(one, False, principal), principal, self._limits
            )

    # --- from other platforms -------------------------------------------------------------------------------------------

    async def bring_in(self, given: ImportedCase, home: str, principal: Principal, key: str) -> tuple[View, bool]:
        """A context of what another platform tells, and whether it is new; it is durable when this returns. Its home is one of ours: the
        record is.

        The context is named after the matter at whoever tells it, else after the Idempotency-Key, if there is one: so a second try,
        also of somebody who was never answered, finds what the first one has made."""
        rights.acts_for(principal, home)
        if home not in self._world.boards:
            raise Problem("unknown_switchboard", switchboard=home)
        known = await self.row(given.key, principal) if given.key else None
        named = given if given.key or not key else replace(given, key=f"key:{digest(key)}")
        row = context_of(named, SwitchboardId(home), principal.name, self._clock())
        if known is not None:
            raise Problem("exists", id=known.id)
        with store_errors_as_problems():
            planned = self._outbox.plan(row)
            if await self._store.edit_context(row, 0, planned.deliveries):
                self._outbox.enqueue(planned)
                self._publish(row)
                return self.told_to(row, principal), True
            versions = await self._store.context_versions(row.id)
        if key and versions and _tells_the_same(versions[0], row):
            return self.told_to(versions[-1], principal), False
        raise Problem("exists", id=row.id) if given.key or not key else Problem("key_reused")

    async def merge(self, id_: str, version: int, given: ImportedCase, principal: Principal) -> tuple[View, list[View]]:
        """An edit by what another platform tells, and what was not taken: among that a masked reading that comes back."""
        row = await self.row(id_, principal)
        if row is None:
            raise Problem("not_found", id=id_)
        if row.version != version:
            self._refuse(row, principal)
        masked = masked_in(row, given.details)
        left = [*given.left, *({"field": name, "rule": MASKED} for name in masked)]
        if self._lifts(row, given.details, principal):
            masked.append("confidential")
            left.append({"field": "confidential", "rule": NOT_YOURS_TO_LIFT})
        patch = {name: value for name, value in given.details.items() if name not in masked}
        if given.caller_number not in ("", row.caller_number):
            left.append({"field": "caller_number", "rule": NOT_TAKEN})
        if not patch:
            raise Problem("nothing_told", left=left)
        return await self.edit(id_, version, patch, principal), left

    def _known(self, organisation: str) -> None:
        """Raises Problem for an organisation that neither is attached nor can be rung."""
        if organisation not in self._world.boards and organisation not in self._world.rules.targets:
            raise Problem("unknown_switchboard", switchboard=organisation)

    # --- editing --------------------------------------------------------------------------------------------------------

    async def edit(self, id_: str, version: int, patch: dict[str, Any], principal: Principal) -> View:
        """A merge patch by somebody who saw this version; it is durable when this returns."""
        call = self._live(id_)
        if call is None or not rights.sees(principal, call):
            await self._durability.written()
            with store_errors_as_problems():
                row = await self._store.context(id_)
            call = self._live(id_)  # a call-back may have begun meanwhile; then the core owns it again
        else:
            row = call.context
        row = rights.visible(principal, row, id=id_)
        if call is not None:
            return await self._edit_live(call, version, patch, principal)
        if row.home not in self._world.boards:
            return await self._edit_at_home(row, version, patch, principal)
        return await self._edit_stored(row, version, patch, principal)

    async def _edit_live(self, call: Call, version: int, patch: dict[str, Any], principal: Principal) -> View:
        """From the look to the event nothing can come between: the turn is synchronous. Nothing is begun that could not be kept."""
        said, owner = self._checked(call.context, version, patch, principal)
        if owner and call.transfer is not None:  # its outcome says who has the matter
            raise Problem("wrong_state", state="transfer")
        health = self._store.health()
        if not health.ok:
            raise Problem("store_down", what=health.problem, remedy=EDIT_LATER)
        lost = health.lost
        self._submit(
            ContextEdited(
                call.home, self._clock(), call=call.uid, version=version, said=said, by=principal.name, owner=owner
            )
        )
        row = call.context
        kept = True
        try:
            await self._durability.stored()
        except Stuck:
            kept = False
        except StoreError:  # one that has gone down this moment has it in its backlog file, unless that takes nothing
            kept = not self._store.health().held
        health = self._store.health()
        if not kept or health.lost != lost:
            raise Problem("store_down", what=health.problem, remedy=EDIT_LATER)
        return self.told_to(row, principal)

    async def _edit_at_home(self, row: ContextRow, version: int, patch: dict[str, Any], principal: Principal) -> View:
        """Carry the edit of a caller who lives elsewhere to his home: the record has one owner."""
        said, owner = self._checked(row, row.version, patch, principal)
        wanted = carried(row, said, owner, patch)
        if not wanted:
            if version != row.version:
                self._refuse(row, principal)
            return self.told_to(row, principal)
        try:
            after = await self._at_home(row.home, row.id, version, wanted)
        except Changed as newer:
            self._refuse(newer.row, principal)
        return self.told_to(after, principal)

    async def _edit_stored(self, row: ContextRow, version: int, patch: dict[str, Any], principal: Principal) -> View:
        said, owner = self._checked(row, version, patch, principal)
        after = edited(row, said, principal.name, self._clock(), owner or None)
        planned = self._outbox.plan(after)
        with store_errors_as_problems():
            if not await self._store.edit_context(after, version, planned.deliveries):
                newer = await self._store.context(row.id)
                self._refuse(newer or row, principal)
        self._outbox.enqueue(planned)
        self._publish(after)
        return self.told_to(after, principal)

    def _checked(
        self, row: ContextRow, version: int, patch: dict[str, Any], principal: Principal
    ) -> tuple[CaseDetails, SwitchboardId]:
        """Details after the edit, and the new owner of the matter: empty where that stays. Raises Problem."""
        if row.version != version:
            self._refuse(row, principal)
        try:  # first of all: it bounds what is looked at below
            said = case_after(row.said, {name: value for name, value in patch.items() if name != "owner"})
        except Unfits as unfits:
            raise problem_of(unfits, self._limits)
        for name in masked_in(row, patch):
            raise Problem("bad_parameter", parameter=name, rule=MASKED)
        if self._lifts(row, patch, principal):
            raise Problem("kept_confidential", home=row.home)
        return said, self._new_owner(row, patch["owner"], principal) if "owner" in patch else SwitchboardId("")

    def _lifts(self, row: ContextRow, patch: Mapping[str, Any], principal: Principal) -> bool:
        """True where an edit would show a caller's number to the very one from whom it is kept: the wish is the caller's, and who hears
        the caller take it back is the home or an organisation that sees the number already."""
        return patch.get("confidential", True) in (False, None) and self.hides(row, principal)

    def _new_owner(self, row: ContextRow, given: Any, principal: Principal) -> SwitchboardId:
        """Organisation that the matter is handed over to. Only who owns it hands it over, and to one organisation: nobody is pushed out,
        and none is left without an owner (首接负责)."""
        if not isinstance(given, str) or not given:
            raise Problem("bad_parameter", parameter="owner", rule="an organisation: a matter is never without one")
        if given == row.owner:
            return SwitchboardId("")
        if not principal.owns(row.owner):
            raise Problem("not_owner", owner=row.owner)
        self._known(given)
        return SwitchboardId(given)

    def _refuse(self, row: ContextRow, principal: Principal) -> NoReturn:
        raise Problem("changed", context=self.told_to(row, principal))

    def _live(self, id_: str) -> Call | None:
        return next((call for call in self._world.calls.values() if call.context.id == id_), None)


def _tells_the_same(one: ContextRow, other: ContextRow) -> bool:
    """True where two first versions came of the same words; each has an instant of its own."""
    return all(getattr(one, name) == getattr(other, name) for name in ("home", "caller_number", "caller_name", "said"))
