"""Texts for the transferring seat: each outcome and reason in Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gateway.core.values.bilingual import Pair, PairTemplate, Template, both, pair
from gateway.core.values.ids import Outcome
from gateway.core.values.reasons import AnyReason, Reason, Verdict, as_reason

REASONS: dict[Reason, Pair] = {
    Reason.ALREADY_RINGING: Pair("已有转接正在进行", "a transfer of this call is already under way"),
    Reason.BUSY: Pair("对方坐席全忙", "no free seat there"),
    Reason.CALLER_ENDED_THREE_PARTY: Pair("三方通话中来电人挂机", "the caller ended the three-party call"),
    Reason.CALLER_GONE: Pair("来电人已挂机", "the caller has hung up"),
    Reason.CALLER_HUNG_UP: Pair("来电人已挂机，请回拨", "the caller hung up, please call back"),
    Reason.CALLER_HUNG_UP_UNNUMBERED: Pair(
        "来电人已挂机，未显示号码，无法回拨",
        "the caller hung up and gave no number to call back",
    ),
    Reason.CONGESTION: Pair("对方线路繁忙", "congestion there"),
    Reason.CLOSED: Pair("对方不在服务时间", "closed at this hour"),
    Reason.CONFERENCED: Pair("对方已加入，各方均在线", "the target has joined, everybody is on the line"),
    Reason.DECIDED: Pair("双方已商定", "agreed by both sides"),
    Reason.DECISION_TIME_UP: Pair(
        "协商超时，由首接单位受理", "no decision in time, the first receiver keeps the matter"
    ),
    Reason.DECLINED: Pair("对方拒接", "declined there"),
    Reason.DOWN: Pair("对方平台离线", "that switchboard is down"),
    Reason.FULL: Pair("对方坐席全忙，未呼叫", "no free seat there, not rung"),
    Reason.HANDED_OVER: Pair("来电已移交对方", "the caller is with the target"),
    Reason.HELD_BACK: Pair("对方仅余自留坐席，暂不能转入", "the free seats there are kept for its own callers"),
    Reason.NO_ACCEPT: Pair("对方未确认接受", "not accepted in time"),
    Reason.NO_ANSWER: Pair("对方无人接听", "no answer"),
    Reason.NO_CALLER: Pair("当前通话没有可转接的来电人", "this call has no caller to transfer"),
    Reason.NO_RESPONSE: Pair("对方没有响应", "no response"),
    Reason.NO_RULE: Pair("没有适用的转接规则", "no rule fits"),
    Reason.NOT_RUNG: Pair("呼叫未发出，请重新按键", "the target was not rung, please press again"),
    Reason.NOT_SEEN: Pair("网关中断期间已结束，结果不明", "ended while the gateway was away"),
    Reason.SPLIT: Pair("对方受理其职责部分，其余仍由本方处置", "they take their part, ours stays with us"),
    Reason.TAKEN_BACK: Pair("已收回，来电人与您在线", "taken back, the caller is with you"),
    Reason.TARGET_LEFT: Pair("对方已挂机，来电人仍在线", "the target left, the caller is still with you"),
    Reason.TOO_MANY_PARTIES: Pair("通话人数已达上限", "the call has as many parties as it may have"),
    Reason.TOO_MANY_BY_RULE: Pair(
        "此类转接已达每分钟上限，请稍候",
        "this rule allows no more transfers this minute, please wait",
    ),
    Reason.TOO_MANY_PRESSES: Pair("按键过于频繁，请稍候", "too many presses, please wait"),
    Reason.TRANSFERER_LEFT: Pair("来电已移交对方", "the caller is with the target"),
    Reason.TRUNK_DOWN: Pair("线路不通", "the trunk is down"),
    Reason.TRUNK_FULL: Pair("线路已占满", "the trunk is full"),
    Reason.UNKNOWN_TARGET: Pair("该按键没有对应的转接目标", "the key has no such target"),
    Reason.UNREACHABLE: Pair("对方无法接通", "unreachable"),
}
"""By reason, each of them."""

PROMPTS: dict[Reason, str] = {
    Reason.CONFERENCED: "joined",
    Reason.TAKEN_BACK: "taken_back",
    Reason.BUSY: "busy",
    Reason.FULL: "busy",
    Reason.HELD_BACK: "busy",
    Reason.CLOSED: "no_answer",
    Reason.NO_ANSWER: "no_answer",
    Reason.NO_ACCEPT: "no_answer",
    Reason.DECLINED: "declined",
    Reason.DECIDED: "decided",
    Reason.DECISION_TIME_UP: "taken_back",
    Reason.ALREADY_RINGING: "refused",
    Reason.UNKNOWN_TARGET: "refused",
    Reason.NO_RULE: "refused",
    Reason.TOO_MANY_PARTIES: "refused",
    Reason.TOO_MANY_PRESSES: "refused",
    Reason.TOO_MANY_BY_RULE: "refused",
    Reason.UNREACHABLE: "unreachable",
    Reason.TRUNK_DOWN: "unreachable",
    Reason.TRUNK_FULL: "unreachable",
    Reason.CONGESTION: "unreachable",
    Reason.NO_RESPONSE: "unreachable",
    Reason.NOT_RUNG: "unreachable",
}
"""The prompt that the seat hears for a reason, while it still has the caller; for any other reason it hears nothing."""

PARTIES: dict[str, Pair] = {
    "healing": Pair("听不到声音，正在重新接入", "hears nothing, being reconnected"),
    "healed": Pair("已恢复声音", "hears again"),
    "deaf": Pair("仍听不到声音，请用其他方式联系", "still hears nothing, please reach them another way"),
}
"""States of a party that is sent no sound, as seats read them."""

NOTHING_TO_TAKE_BACK = both("没有可收回的转接", "nothing to take back")
"""For a seat that presses the key that takes back while no transfer of its caller is under way, or one whose target it is itself."""
NOTHING_TO_ANSWER = both("没有等待确认的转接", "nothing to accept or decline")
"""For a seat that presses a key that accepts or declines while it is not asked."""
UNVERIFIED = both("来电信息来源未验证，请向来电人核对", "record not verified, ask the caller")
"""For a far seat whose caller came with an id that is not believed."""
ON_ITS_WAY = both("来电信息正在送达", "the caller's record is on its way")
"""For a far seat whose phone rings before the record is here."""
FORWARDS = both(
    "话机设置了呼叫转移，来电不会转走，坐席已暂停；取消转移后请恢复",
    "your phone forwards calls: none is sent on, and you are paused; end that, then unpause",
)
"""For a seat whose phone answers that somebody else shall be rung."""
URGENCY: dict[str, str] = {"normal": "一般 normal", "urgent": "紧急 urgent", "danger": "危险 danger"}
SPOKEN = tuple(sorted({"ringing", *PROMPTS.values()}))
"""Every prompt that there is, for a rule to choose from."""

OUTCOMES: dict[Outcome, Pair] = {
    Outcome.COMPLETED: Pair("转接完成", "transferred"),
    Outcome.DECLINED: Pair("转接被拒", "declined"),
    Outcome.RETURNED: Pair("已退回", "returned"),
    Outcome.CALLER_HUNG_UP: Pair("来电人挂机", "caller hung up"),
    Outcome.AGREED_HERE: Pair("协商结果：本方受理", "agreed: we keep it"),
    Outcome.AGREED_THERE: Pair("协商结果：对方受理", "agreed: they take it"),
    Outcome.FIRST_RECEIVER_KEEPS: Pair("首接负责：本方受理", "the first receiver keeps it"),
    Outcome.OUT_OF_SCOPE_EXPLAINED: Pair("均不受理，已向来电人说明", "nobody's matter, explained to the caller"),
    Outcome.FAILED: Pair("转接失败", "transfer failed"),
}

THE_CALLER = Pair("来电人", "the caller")
SEAT = pair("坐席{seat}", "seat {seat}")
THE_OTHER_SIDE = Pair("对方", "the other side")

NOTHING_WRITTEN_YET = "尚无记录 nothing written yet"
RECORD = Template("来电信息 / record：{shown} ({id})")
SEMICOLON = "；"
CALL_BACK_SHOWN = "[回拨]"
"""On the phone of a seat that is rung for a call-back."""
DEFAULT_TAG = "[{from}转]"
"""Before the caller's name on the target's phone; ``from`` is the switchboard of the press."""

VERDICTS: dict[Verdict, PairTemplate] = {
    Verdict.RINGS: pair("按键即呼叫 {rings}", "a press rings {rings}"),
    Verdict.BUSY: pair("现无空闲坐席，按键将得到忙音", "no seat is free, a press would come back busy"),
    Verdict.DOWN: pair("对方平台离线，按键仍会尝试", "that switchboard is down, a press would try all the same"),
    Verdict.UNKNOWN: pair("对方坐席未知，按键照常呼叫 {rings}", "nothing is known of its seats, a press rings {rings}"),
    Verdict.REFUSED: pair("按键不会呼叫：{reason_zh}", "a press would not ring: {reason_en}"),
}
"""Verdicts on a press that has not been made."""
PASSED_OVER = pair("跳过 {rung}（{reason_zh}）", "{rung} passed over ({reason_en})")
PREVIEW = pair("{name}：{load}；{verdict}", "{name}: {load}; {verdict}")
LOAD = pair(
    "空闲 {free}{kept}，等待 {waiting}，预计等待 {wait}", "{free} free{kept}, {waiting} waiting, expected wait {wait}"
)
SEATS_KEPT = pair("（保留 {kept}）", " ({kept} kept)")
SECONDS = pair("{seconds:.0f}秒", "{seconds:.0f} s")
UNKNOWN = Pair("未知", "unknown")
ENDLESS = Pair("无止境", "endless")
COMMA = Pair("，", ", ")
ENUMERATION_COMMA = Pair("、", ", ")


NO_NAMES: Mapping[str, str] = MappingProxyType({})


def party_text(names: Sequence[Pair], word: str) -> str:
    """One line for the phone of each seat in the call: parties that hear nothing, or hear again."""
    state = PARTIES[word]
    zh = ENUMERATION_COMMA.zh.join(name.zh for name in names) + state.zh
    return both(zh, f"{ENUMERATION_COMMA.en.join(name.en for name in names)}: {state.en}")


def words_of(reason: AnyReason) -> Pair:
    """Words for a reason; one that is not ours is its own."""
    return REASONS[reason] if isinstance(reason, Reason) else Pair(reason, reason)


def prompt_of(reason: AnyReason) -> str:
    """The prompt that a seat hears for a reason; empty where it hears nothing."""
    return PROMPTS.get(reason, "") if isinstance(reason, Reason) else ""


def outcome_text(
    outcome: Outcome,
    reason: AnyReason,
    target: str,
    before: Sequence[str] = (),
    names: Mapping[str, str] = NO_NAMES,
) -> str:
    """One line for the phone of the seat that pressed. ``before`` are the rungs that failed first: ``110: busy``; ``names`` are of targets
    whose ids no call-taker knows them by: the Chinese half has these (``water``: 供水抢修热线)."""
    zh, en = words_of(reason)
    outcome_zh, outcome_en = OUTCOMES[outcome]
    earlier = [(rung, words_of(as_reason(why))) for rung, _, why in (line.partition(": ") for line in before)]
    earlier_zh = "".join(f"{names.get(rung, rung)} {words.zh}；" for rung, words in earlier)
    earlier_en = "".join(f"{rung} {words.en}; " for rung, words in earlier)
    return both(
        f"{outcome_zh} → {names.get(target, target)}：{earlier_zh}{zh}", f"{outcome_en} → {target}: {earlier_en}{en}"
    )
