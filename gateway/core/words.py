"""What the transferring seat reads: each outcome and reason in Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.terms import Outcome

REASONS: dict[str, tuple[str, str]] = {
    "already_ringing": ("已有转接正在进行", "a transfer of this call is already under way"),
    "busy": ("对方坐席全忙", "no free seat there"),
    "caller_ended_three_party": ("三方通话中来电人挂机", "the caller ended the three-party call"),
    "caller_hung_up": ("来电人已挂机，请回拨", "the caller hung up, please call back"),
    "congestion": ("对方线路拥塞", "congestion there"),
    "declined": ("对方拒接", "declined there"),
    "no_answer": ("对方无人接听", "no answer"),
    "no_caller": ("当前通话没有可转接的来电人", "this call has no caller to transfer"),
    "no_response": ("对方没有响应", "no response"),
    "no_rule": ("没有适用的转接规则", "no rule fits"),
    "not_rung": ("呼叫未能发出，请重按", "the target was not rung, please press again"),
    "not_seen": ("网关离线期间结束，结果未知", "ended while the gateway was away"),
    "target_left": ("对方已挂机，来电人仍在线", "the target left, the caller is still with you"),
    "transferer_left": ("来电人已交给对方", "the caller is with the target"),
    "trunk_down": ("中继不通", "the trunk is down"),
    "trunk_full": ("中继已满", "the trunk is full"),
    "unknown_target": ("该按键没有对应的转接目标", "the key has no such target"),
    "unreachable": ("对方不可达", "unreachable"),
}
"""By reason. A reason from a rules file that is not listed is shown as it is."""

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.COMPLETED: ("转接完成", "transferred"),
    Outcome.DECLINED: ("转接被拒", "declined"),
    Outcome.RETURNED: ("已退回", "returned"),
    Outcome.CALLER_HUNG_UP: ("来电人挂机", "caller hung up"),
    Outcome.FAILED: ("转接失败", "transfer failed"),
}


def outcome_text(outcome: Outcome, reason: str, target: str) -> str:
    """One line for the phone of the seat that pressed."""
    zh, en = REASONS.get(reason, (reason, reason))
    outcome_zh, outcome_en = OUTCOMES[outcome]
    return f"{outcome_zh} → {target}：{zh} / {outcome_en} → {target}: {en}"
