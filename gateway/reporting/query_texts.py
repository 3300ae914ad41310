"""The texts of queries: intervals cut at the borders of steps, and what is counted of them."""

from __future__ import annotations

from gateway.reporting.period import Period
from gateway.store.columnar.parquet import quoted

LOOK_BACK_S = 40 * 86400.0
"""Seconds before a period in which a seat's last change may lie: one that has not changed for longer is not there any more."""


def _placed(table: str, at: str, period: Period) -> str:
    """Rows of a table with the step ``k`` in which an instant lies."""
    if period.width_s is None:
        return f"select r.*, steps.k from {table} r join steps on r.{at} >= steps.b and r.{at} < steps.e"
    first, width = period.borders[0], period.width_s
    return f"select r.*, cast(floor((r.{at} - {first}) / {width}) as bigint) k from {table} r"


def _cut(table: str, period: Period) -> str:
    """Intervals (b, e) of a table cut at the borders of the steps, with ``k``."""
    if period.width_s is None:
        return (
            f"select r.* exclude (b, e), steps.k, greatest(r.b, steps.b) b, least(r.e, steps.e) e "
            f"from {table} r join steps on r.b < steps.e and r.e > steps.b"
        )
    first, width = period.borders[0], period.width_s
    low, high = _index("b", period), f"ceil((e - {first}) / {width})"
    return (
        f"select * exclude (b, e), greatest(b, {first} + k * {width}) b, least(e, {first} + (k + 1) * {width}) e from "
        f"(select *, unnest(range(cast({low} as bigint), cast({high} as bigint))) k from {table})"
    )


def _index(at: str, period: Period) -> str:
    return f"floor(({at} - {period.borders[0]}) / {period.width_s})"


def _spans(ended: str, period: Period) -> str:
    """Seconds by seat, state and step: what lies within one step, which is nearly all, is added up without being cut."""
    added = "switchboard, seat, state, sum(e - b) s"
    if period.width_s is None:
        return f"select k, {added} from ({_cut(f'({ended})', period)}) group by all"
    same = f"{_index('b', period)} = {_index('e', period)}"
    return f"""
      select cast({_index("b", period)} as bigint) k, {added} from ({ended}) where {same} group by all
      union all
      select k, {added} from ({_cut(f"(select * from ({ended}) where not {same})", period)}) group by all"""


def _known(period: Period) -> str:
    """The end of what is known, as SQL over ``switchboard``."""
    cases = " ".join(f"when {quoted(board)} then {period.known_until(board)}" for board in period.ahead)
    return f"(case switchboard {cases} else {period.known_until()} end)" if cases else f"{period.known_until()}"


def seats_query(by: str, period: Period, dark: tuple[float, float]) -> tuple[str, dict[str, str]]:
    """``counted``: seconds of states, and changes as counts. ``dark``: from the first gap's begin to the last one's end.

    The log is read once for each part rather than kept: reading a month takes a third of a second, keeping it half a gigabyte.
    """
    since, until, known = period.since, period.until, _known(period)
    on_call = "starts_with({}, 'on_call')"
    came, was = on_call.format("after"), on_call.format("before")
    who = "'' seat" if by == "switchboard" else "seat"  # seats that nobody asks for are not kept apart
    ended = f"""select switchboard, {who}, before state, greatest(since, {since}) b, least("at", {until}) e from seat_log
                where "at" > {since} and since < {until} and "at" > since"""
    rows = f"""
    last as (select switchboard, seat, arg_max(after, {{"at": "at", "place": place}}) state, max("at") b from seat_last
             where "at" > {since - LOOK_BACK_S} group by all),
    opened as (select switchboard, {who}, state, greatest(b, {since}) b, {known} e from last where b < {known}),
    gaps as ({GAPS}),
    known as (select r.switchboard, r.seat, r.state, greatest(r.b, g.since) b, least(r.e, g.until) e
              from (select * from ({ended}) where e > {dark[0]} and b < {dark[1]} union all select * from opened) r
              join gaps g on g.switchboard = r.switchboard and g.since < r.e and g.until > r.b where r.state <> 'unknown'),
    hidden as ({_cut("known", period)}),
    changes as (select switchboard, {who}, "at", {came} and not {was} calls, before = 'ringing' and {came} answered,
                before = 'ringing' and not {came} and after <> 'unknown' and why not in {_UNSEEN_END} missed from seat_log
                where "at" >= {since} and "at" < {until} and (before = 'ringing' or ({came} and not {was}))
                and not (before = 'unknown' and why = 'snapshot')
                union all select switchboard, {who}, "at", calls, answered, false from ({_found(period)}) where calls),
    placed as (select k, switchboard, seat, sum(calls::int) calls, sum(answered::int) answered, sum(missed::int) missed
               from ({_placed("changes", "at", period)}) group by all),
    flat as (
      select k, switchboard, seat, state, s, 0 calls, 0 answered, 0 missed from ({_spans(ended, period)})
      union all select k, switchboard, seat, state, e - b, 0, 0, 0 from ({_cut("opened", period)})
      union all select k, switchboard, seat, state, b - e, 0, 0, 0 from hidden
      union all select k, switchboard, seat, 'unknown', e - b, 0, 0, 0 from hidden
      union all select k, switchboard, seat, '', 0, calls, answered, missed from placed),
    counted as (select {"groups.name grp, flat.*" if by == "group" else "*"} from flat
                {"join groups using (switchboard, seat)" if by == "group" else ""})
    """
    return rows, _who(by)


_UNSEEN_END = "('snapshot', 'drift')"
"""Causes of a row that say that a state is over, and that nobody saw it end."""


def _found(period: Period) -> str:
    """Seats that were lost from sight and are found in a call, with whether they came into it meanwhile: a seat in a call is still in the
    one that it was in, unless it is found in another; one that rang has answered the call that rang it."""
    was, other = "starts_with(lost.before, 'on_call')", "'' not in (lost.call, found.call) and lost.call <> found.call"
    return f"""
      select switchboard, seat, found."at", not {was} or ({other}) calls,
             lost.before = 'ringing' and lost.call = found.call answered
      from (select switchboard, seat, "at", since, call from seat_log where before = 'unknown' and why = 'snapshot'
            and starts_with(after, 'on_call') and "at" >= {period.since} and "at" < {period.until}) found
      join (select switchboard, seat, "at", before, call from seat_log where after = 'unknown'
            and "at" > {period.since - LOOK_BACK_S} and "at" < {period.until}) lost
        using (switchboard, seat) where lost."at" = found.since"""


GAPS = """
    select switchboard, min(since) since, max("until") "until" from (
      select *, sum(fresh) over (partition by switchboard order by since, "until" rows unbounded preceding) island from (
        select *, case when since > coalesce(max("until") over (partition by switchboard order by since, "until"
                 rows between unbounded preceding and 1 preceding), -1) then 1 else 0 end fresh from gap))
    group by switchboard, island
"""
"""Gaps that touch or overlap are one: time is hidden once."""


def _who(by: str) -> dict[str, str]:
    if by == "group":
        return {"group": "grp"}
    return {"switchboard": "switchboard", **({} if by == "switchboard" else {by: by})}


def queues_query(by: str, period: Period) -> tuple[str, dict[str, str]]:
    """SQL of the waits that began in a period, counted by ``by``, and the columns that say who each row is about."""
    rows = f"""
    waits as (select *, case when left_at > 0 then left_at - joined_at end wait_s from queue_log
              where joined_at >= {period.since} and joined_at < {period.until}),
    counted as ({_placed("waits", "joined_at", period)} {"where r.seat <> ''" if by == "seat" else ""})
    """
    return rows, _who(by)


ABOUT_S = 1.0
"""Two switchboards tell the same instant a little apart."""
RETOLD_S = 86400.0
"""Span before and after its press in which the waits of a transfer are looked for: no call lasts longer."""


def transfers_query(by: str, period: Period) -> tuple[str, dict[str, str]]:
    """SQL of the transfers that were pressed in a period, counted by ``by``, and the columns that say who each row is about."""
    latest = f"""
    latest as (select * exclude (matter), coalesce(nullif(matter, ''), '?') matter from transfer
               where pressed_at >= {period.since} and pressed_at < {period.until}
                 and (select organisation in ('', home, transferer_switchboard, target) from asked))"""
    if by in ("target", "mode", "outcome"):
        rows = f"""{latest},
        named as (select * exclude (transferer_switchboard), transferer_switchboard switchboard from latest),
        counted as ({_placed("named", "pressed_at", period)})
        """
        if by == "outcome":
            return rows, {"switchboard": "switchboard", "target": "target", "outcome": "outcome", "reason": "reason"}
        return rows, _who(by)
    grouped = by == "group"
    rows = f"""{latest}, {_hands(period)},
    placed as ({_placed("hands", "pressed_at", period)}),
    counted as (select {"groups.name grp, placed.*" if grouped else "*"} from placed
                {"join groups using (switchboard, seat)" if grouped else ""} {_NOT_REACHED.get(by, "")})
    """
    return rows, {**_who(by), "direction": "direction"}


_NOT_REACHED = {"seat": "where seat <> ''", "queue": "where queue <> ''"}
"""Conditions on legs that were not reached: what rang no queue, or no seat took up, has come in at the switchboard only."""


def _hands(period: Period) -> str:
    """``hands``: each transfer twice, at the hand that gave it (``out``) and at the one that it was meant for (``in``).

    Who took it up says the wait at the target that a seat's answer ended; a transfer that nobody answered came to the first queue of
    the target that it rang. What was answered, and no queue has told by whom, is ``?`` (law 7).
    """
    near = f"joined_at >= {period.since - RETOLD_S} and joined_at < {period.until + RETOLD_S}"
    return f"""
    waits as (select * from queue_log where {near} and call in (select call from latest)),
    gave as (select t.id, arg_max(q.queue, q.left_at) queue from latest t join waits q on q.call = t.call
             where q.how = 'answered' and q.switchboard = t.transferer_switchboard and q.seat = t.transferer
               and q.left_at <= t.pressed_at + {ABOUT_S} group by all),
    rang as (select t.id, q.switchboard, q.queue, q.seat, t.answered_at > 0 answer, q.joined_at
             from latest t join waits q on q.call = t.call
             where q.joined_at >= t.pressed_at - {ABOUT_S} and case when t.answered_at > 0
               then q.how = 'answered' and q.left_at <= t.answered_at + {ABOUT_S}
               else q.switchboard = t.target and (t.ended_at = 0 or q.joined_at < t.ended_at) end),
    took as (select * from rang
             qualify row_number() over (partition by id order by case when answer then -joined_at else joined_at end) = 1),
    hands as (
      select t.*, 'out' direction, t.transferer_switchboard switchboard, coalesce(nullif(t.transferer, ''), '?') seat,
             coalesce(g.queue, '?') queue from latest t left join gave g using (id)
      union all
      select t.*, 'in', coalesce(k.switchboard, t.target),
             coalesce(nullif(k.seat, ''), case when t.answered_at > 0 then '?' else '' end),
             coalesce(k.queue, case when t.answered_at > 0 then '?' else '' end) from latest t left join took k using (id))"""
