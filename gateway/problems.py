"""Errors that whoever asks is told: id, HTTP status, and the sentence in Chinese and English."""

from __future__ import annotations

from typing import Any

from gateway.core.values.reasons import Reason
from gateway.core.values.texts import REASONS

MESSAGES: dict[str, tuple[int, str, str]] = {
    "bad_parameter": (400, "参数有误", "a parameter is wrong"),
    "bad_body": (400, "请求正文应为 JSON 对象", "the body must be a JSON object"),
    "bad_key": (
        400,
        "Idempotency-Key 应为 1 至 200 个可见 ASCII 字符",
        "Idempotency-Key must be 1 to 200 visible ASCII characters",
    ),
    "no_token": (401, "需要令牌（Authorization: Bearer …）", "a token is needed (Authorization: Bearer …)"),
    "purpose_needed": (400, "查看完整信息须注明用途（purpose）", "a full reading needs a purpose"),
    "scope_needed": (403, "令牌没有此权限", "the token has not this scope"),
    "not_your_switchboard": (403, "令牌属于另一总机", "the token is one of another switchboard"),
    "not_your_seat": (403, "令牌属于另一坐席", "the token is one of another seat"),
    "not_your_call": (403, "此操作不属于令牌所属的坐席", "this is not for the token's seat to do"),
    "not_owner": (403, "只有承办单位可以移交", "only the organisation that owns the matter hands it over"),
    "kept_confidential": (
        403,
        "来电人要求号码保密，只有看得到号码的单位可以解除",
        "the caller wants the number kept: only an organisation that sees it lifts that",
    ),
    "changed": (412, "内容已被他人修改，请核对后重试", "somebody has changed it meanwhile: look, then try again"),
    "no_if_match": (428, "修改须带 If-Match（先读取 ETag）", "an edit needs If-Match: read the ETag first"),
    "audit_down": (503, "审计日志不可写，不能查看完整信息", "the audit log cannot be written: no full reading"),
    "not_found": (404, "没有这条记录", "there is no such record"),
    "no_call": (404, "没有这通电话", "there is no such call"),
    "leg_unknown": (404, "没有这条呼叫", "there is no such leg"),
    "wrong_leg": (409, "该呼叫不属于此来电人", "this leg is not of that caller's"),
    "not_home": (409, "来电信息由首接方维护，请在那里修改", "this record lives at its home: edit it there"),
    "home_down": (503, "首接方平台暂不可用，请稍候重试", "the platform of its home does not answer, please try again"),
    "bad_signature": (401, "签名无效", "the signature is not valid"),
    "forged": (403, "链接无效", "this link is not valid"),
    "expired": (410, "链接已过期", "this link has expired"),
    "used": (410, "链接已使用过", "this link has been used"),
    "revoked": (
        410,
        "链接已失效：生成它的令牌已吊销或过期",
        "this link is void: the token that made it was revoked or has expired",
    ),
    "exists": (409, "已有这条记录", "there is such a record already"),
    "nothing_told": (422, "没有可采用的内容", "nothing in it can be taken"),
    "already_running": (409, *REASONS[Reason.ALREADY_RINGING]),
    "no_transfer": (409, "当前没有进行中的转接", "no transfer is under way"),
    "not_yours": (409, "此操作属于另一方坐席", "this is for the other side's seat to do"),
    "wrong_state": (409, "当前状态不允许此操作", "the state does not allow this"),
    Reason.TOO_MANY_PARTIES: (409, *REASONS[Reason.TOO_MANY_PARTIES]),
    "static_member": (
        409,
        "该坐席由 queues.conf（member =>）固定在队列中，不能签出；请改用示忙（pause），或由管理员改为动态成员",
        "this seat stands in queues.conf (member =>) and cannot be logged out: pause it, or let an administrator make it dynamic",
    ),
    "switchboard_refused": (
        409,
        "总机拒绝了请求，原因见 details.why",
        "the switchboard has refused it: see details.why",
    ),
    "refused": (409, "转接未能开始", "the transfer did not begin"),
    "key_reused": (422, "同一 Idempotency-Key 已用于另一请求", "this Idempotency-Key was used for another request"),
    "no_number": (422, "没有可回拨的号码", "there is no number to call back"),
    Reason.NO_RULE: (422, *REASONS[Reason.NO_RULE]),
    "unknown_matter": (422, "没有这个事项", "there is no such matter"),
    "unknown_urgency": (422, "没有这个紧急程度", "there is no such urgency"),
    "unknown_district": (422, "没有这个区划代码", "there is no such division code"),
    "rules_broken": (422, "规则文件有误，原规则继续生效", "the rules file is broken; the rules before stay in force"),
    "unknown_seat": (422, "没有这个坐席", "there is no such seat"),
    "unknown_switchboard": (422, "没有这个总机", "there is no such switchboard"),
    "unknown_target": (422, "没有这个转接目标", "there is no such target"),
    Reason.TOO_MANY_PRESSES: (429, *REASONS[Reason.TOO_MANY_PRESSES]),
    "too_many_callbacks": (429, "回拨过于频繁，请稍候", "too many call-backs, please wait"),
    "export_running": (429, "已有导出在进行，请稍候", "an export is under way, please wait"),
    "no_export": (501, "本机未安装此格式所需的组件", "what this format needs is not installed here"),
    "report_failed": (503, "报表做不出", "the report could not be made"),
    "not_connected": (503, "总机未连接", "the switchboard is not connected"),
    "no_answer": (
        503,
        "总机没有及时回答，请核对坐席状态后重试",
        "the switchboard has not answered: look at the seat, then try again",
    ),
    "store_down": (503, "数据库暂不可用，请稍候重试", "the store is down, please try again"),
    "no_route": (404, "没有这个地址", "there is no such address"),
    "method_not_allowed": (405, "不支持该方法", "the method is not allowed here"),
    "too_large": (413, "请求过大", "the request is too large"),
    "head_too_long": (431, "请求头过长", "the head of the request is too long"),
    "too_slow": (408, "请求没有及时传完", "the request has not come in time"),
    "bad_request": (400, "不是有效的 HTTP 请求", "this is no HTTP request that can be read"),
    "bad_expectation": (417, "不支持此 Expect", "this Expect is not supported"),
    "too_many_connections": (503, "连接过多，请稍候", "too many connections, please wait"),
    "too_many_readers": (429, "实时事件的读者过多", "too many readers of the live feed"),
    "internal": (500, "内部错误，请把编号告诉管理员", "internal error; give the id to the administrator"),
}
"""By error id: status, Chinese, English."""


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, error_id: str, **details: Any) -> None:
        self.error_id, self.details = error_id, details
        super().__init__(error_id)
