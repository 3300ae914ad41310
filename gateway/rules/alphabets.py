"""Alphabets of single values of a rules file: exact patterns, and what an administrator is told about anything else.

What goes on into the dialplan or a SIP header has no character that means something there (law 8).
"""

from __future__ import annotations

from gateway.rules.yaml_shapes import Text

DIVISION = Text(
    r"\d{6}(?:\d{3}|\d{6})?",
    "区划代码应为 6、9 或 12 位数字 / a division code has 6, 9 or 12 digits",
    '例如 / e.g. "120101"',
)
TARGET_ID = Text(
    "[0-9A-Za-z]{1,32}", "目标编号只能用字母和数字 / a target id has letters and digits only", '例如 / e.g. "110"'
)
CODE = Text(
    r"[0-9A-Za-z_-]{1,24}(?:\.[0-9A-Za-z_-]{1,24}){0,5}",
    "事项代码只能用英文字母、数字、- 和 _，用点分级，最多 6 级 / "
    "a matter code has ASCII letters, digits, - and _, dots between at most 6 levels",
    "例如 / e.g. 12345.society.help",
)
WORD = Text(
    r"[^\s.,:;\"'^()&|${}\\/\[\]#*]{1,40}",
    "名称不能含空格和标点 / a name has no blanks and punctuation",
    "例如 / e.g. 12345_to_110",
)
NAME = Text()
DIAL = Text(
    r"PJSIP/[0-9A-Za-z_-]{1,40}(?:@[0-9A-Za-z_-]{1,40})?|Local/[0-9A-Za-z_-]{1,40}@onekey-[a-z-]{1,30}/nm?",
    "拨号串应为 PJSIP/号码@中继 或 Local/s@onekey-queue/nm / a dial string is PJSIP/number@trunk or Local/s@onekey-queue/nm",
    "例如 / e.g. PJSIP/119@trunk-119",
)
TIME = Text(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", "时间应写成 时:分 / a time is hours:minutes", '例如 / e.g. "08:30"')
DAYS = Text(
    "[1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?)*",
    "星期应为 1 到 7（周一为 1） / days are 1 to 7, Monday is 1",
    '例如 / e.g. "1-5"',
)
INSTANT = Text(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d", "时刻应写成 年-月-日T时:分 / an instant is written like this", "2026-11-24T10:30"
)
DATE = Text(r"\d{4}-\d\d-\d\d", "日期应写成 年-月-日 / a date is written year-month-day", "例如 / e.g. 2026-12-31")
LANGUAGE = Text(
    "[a-z]{2,3}(?:-[0-9a-z]{2,8})*",
    "语言应为小写代码 / a language is a code in small letters",
    "例如 / e.g. zh, en, yue",
)
NUMBER = Text(r"\+?\d{3,15}", "号码只能是数字 / a number has digits only", '例如 / e.g. "13800000001"')
TAG = Text(
    r'(?:\{from\}|[^\^(),"&|$;{}\\]){1,40}',
    '标签不能含 ^ ( ) , " & | $ ; \\ 且最长 40 字 / a tag has no ^ ( ) , " & | $ ; \\ and at most 40 characters',
    "换掉这些字符 / use other characters",
)
REASON = Text(
    r'[^\^()"&|$;{}\\]{1,80}',
    '说明不能含 ^ ( ) " & | $ ; \\ { } 且最长 80 字 / a reason has no ^ ( ) " & | $ ; \\ { } and at most 80 characters',
    "换掉这些字符 / use other characters",
)
