"""Texts for the transferring seat: each outcome and reason in Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.values.ids import Outcome

REASONS: dict[str, tuple[str, str]] = {
    "already_ringing": ("已有转接正在进行", "a transfer of this call is already under way"),
    "busy": ("对方坐席全忙", "no free seat there"),
    "caller_ended_three_party": ("三方通话中来电人挂机", "the caller ended the three-party call"),
    "caller_gone": ("来电人已挂机", "the caller has hung up"),
    "caller_hung_up": ("来电人已挂机，请回拨", "the caller hung up, please call back"),
    "caller_hung_up_unnumbered": (
        "来电人已挂机，未显示号码，无法回拨",
        "the caller hung up and gave no number to call back",
    ),
    "congestion": ("对方线路拥塞", "congestion there"),
    "closed": ("对方不在服务时间", "closed at this hour"),
    "conferenced": ("对方已加入，各方均在线", "the target has joined, everybody is on the line"),
    "decided": ("双方已商定", "agreed by both sides"),
    "decision_time_up": ("协商超时，由首接单位受理", "no decision in time, the first receiver keeps the matter"),
    "declined": ("对方拒接", "declined there"),
    "down": ("对方总机离线", "that switchboard is down"),
    "full": ("对方坐席全忙，未呼叫", "no free seat there, not rung"),
    "handed_over": ("来电人已交给对方", "the caller is with the target"),
    "held_back": ("对方空闲坐席留给其来电人", "the free seats there are kept for its own callers"),
    "no_accept": ("对方未确认接受", "not accepted in time"),
    "no_answer": ("对方无人接听", "no answer"),
    "no_caller": ("当前通话没有可转接的来电人", "this call has no caller to transfer"),
    "no_response": ("对方没有响应", "no response"),
    "no_rule": ("没有适用的转接规则", "no rule fits"),
    "not_rung": ("呼叫未能发出，请重按", "the target was not rung, please press again"),
    "not_seen": ("网关离线期间结束，结果未知", "ended while the gateway was away"),
    "split": ("对方受理其职责部分，其余仍由本方处置", "they take their part, ours stays with us"),
    "taken_back": ("已收回，来电人与您在线", "taken back, the caller is with you"),
    "target_left": ("对方已挂机，来电人仍在线", "the target left, the caller is still with you"),
    "too_many_parties": ("通话方数已到上限", "the call has as many parties as it may have"),
    "too_many_by_rule": (
        "此类转接已达每分钟上限，请稍候",
        "this rule allows no more transfers this minute, please wait",
    ),
    "too_many_presses": ("按键过于频繁，请稍候", "too many presses, please wait"),
    "transferer_left": ("来电人已交给对方", "the caller is with the target"),
    "trunk_down": ("中继不通", "the trunk is down"),
    "trunk_full": ("中继已满", "the trunk is full"),
    "unknown_target": ("该按键没有对应的转接目标", "the key has no such target"),
    "unreachable": ("对方不可达", "unreachable"),
}
"""By reason. A reason from a rules file that is not listed is shown as it is."""

PROMPTS: dict[str, str] = {
    "conferenced": "joined",
    "taken_back": "taken_back",
    "busy": "busy",
    "full": "busy",
    "held_back": "busy",
    "closed": "no_answer",
    "no_answer": "no_answer",
    "no_accept": "no_answer",
    "declined": "declined",
    "decided": "decided",
    "decision_time_up": "taken_back",
    "already_ringing": "refused",
    "unknown_target": "refused",
    "no_rule": "refused",
    "too_many_parties": "refused",
    "too_many_presses": "refused",
    "too_many_by_rule": "refused",
    "unreachable": "unreachable",
    "trunk_down": "unreachable",
    "trunk_full": "unreachable",
    "congestion": "unreachable",
    "no_response": "unreachable",
    "not_rung": "unreachable",
}
"""The prompt that the seat hears for a reason, while it still has the caller; for any other reason it hears nothing."""

PARTIES: dict[str, tuple[str, str]] = {
    "healing": ("听不到声音，正在重新接入", "hears nothing, being reconnected"),
    "healed": ("已恢复声音", "hears again"),
    "deaf": ("仍听不到声音，请用其他方式联系", "still hears nothing, please reach them another way"),
}
"""What seats read of a party that is sent no sound."""

NOTHING_TO_TAKE_BACK = "没有可收回的转接 / nothing to take back"
"""For a seat that presses the key that takes back while no transfer of its caller is under way, or one whose target it is itself."""
NOTHING_TO_ANSWER = "没有等待确认的转接 / nothing to accept or decline"
"""For a seat that presses a key that accepts or declines while it is not asked."""
UNVERIFIED = "来电信息未经核实 / context not verified"
"""For a far seat whose caller came with an id that is not believed."""
ON_ITS_WAY = "来电信息正在送达 / the caller's record is on its way"
"""For a far seat whose phone rings before the record is here."""
FORWARDS = (
    "话机设置了呼叫转移，来电不会转走，坐席已暂停；取消转移后请恢复"
    " / your phone forwards calls: none is sent on, and you are paused; end that, then unpause"
)
"""For a seat whose phone answers that somebody else shall be rung."""
URGENCY: dict[str, str] = {"normal": "一般 normal", "urgent": "紧急 urgent", "danger": "危险 danger"}
SPOKEN = tuple(sorted({"ringing", *PROMPTS.values()}))
"""Every prompt that there is, for a rule to choose from."""

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.COMPLETED: ("转接完成", "transferred"),
    Outcome.DECLINED: ("转接被拒", "declined"),
    Outcome.RETURNED: ("已退回", "returned"),
    Outcome.CALLER_HUNG_UP: ("来电人挂机", "caller hung up"),
    Outcome.AGREED_HERE: ("协商结果：本方受理", "agreed: we keep it"),
    Outcome.AGREED_THERE: ("协商结果：对方受理", "agreed: they take it"),
    Outcome.FIRST_RECEIVER_KEEPS: ("首接负责：本方受理", "the first receiver keeps it"),
    Outcome.OUT_OF_SCOPE_EXPLAINED: ("均不受理，已向来电人说明", "nobody's matter, explained to the caller"),
    Outcome.FAILED: ("转接失败", "transfer failed"),
}


def party_text(names: Sequence[tuple[str, str]], word: str) -> str:
    """One line for the phone of each seat in the call: who hears nothing, or hears again. ``names`` are in both languages."""
    zh, en = PARTIES[word]
    chinese, english = "、".join(name for name, _ in names), ", ".join(name for _, name in names)
    return f"{chinese}{zh} / {english}: {en}"


def outcome_text(outcome: Outcome, reason: str, target: str, before: Sequence[str] = ()) -> str:
    """One line for the phone of the seat that pressed. ``before`` are the rungs that failed first: ``110: busy``."""
    zh, en = REASONS.get(reason, (reason, reason))
    outcome_zh, outcome_en = OUTCOMES[outcome]
    earlier = [(rung, REASONS.get(why, (why, why))) for rung, _, why in (line.partition(": ") for line in before)]
    earlier_zh = "".join(f"{rung} {words[0]}；" for rung, words in earlier)
    earlier_en = "".join(f"{rung} {words[1]}; " for rung, words in earlier)
    return f"{outcome_zh} → {target}：{earlier_zh}{zh} / {outcome_en} → {target}: {earlier_en}{en}"
