"""Texts for people of ``observability``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Template, both, template

# neglect
WAITING_CALLERS_WAIT = template(
    "{waiting} 位来电人在等，{seconds:.0f} 秒没有坐席可接",
    "{waiting} callers wait, and no seat has been there for {seconds:.0f} s",
)
LET_SEATS_LOG = both("请坐席登录或恢复", "let seats log in, or unpause them")
PHONE_OF_SEAT_FORWARDS = template(
    "坐席 {seat} 的话机设置了呼叫转移，已暂停", "the phone of seat {seat} forwards calls; the seat is paused"
)
END_THE_FORWARD_ON_THE_PHONE = both(
    "取消话机上的转移，再恢复该坐席", "end the forward on the phone, then unpause the seat"
)

# unfollowed
PRESSED_WITH_NO_GATEWAY = Template(
    "{iso} {id} 无网关时按键 / pressed with no gateway: {who}，方案 plan {plan}，标签 tag {tag}"
)
NOT_OVER_YET = both("    尚未结束", "not over yet")
