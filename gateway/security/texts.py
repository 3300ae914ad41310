"""Texts for people of ``security``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import both, template

# audit_verify
LINES_NUMBER_TO_N_ARE_MISSING = template("第 {number} 至 {n} 条缺失", "lines {number} to {n} are missing")
LINE_N_STANDS_TWICE = template("第 {n} 条重复或错位", "line {n} stands twice or in the wrong place")
END_WAS_CUT_OFF = template(
    "末尾被截断：数据库记得第 {anchor} 条", "the end was cut off: the store remembers line {anchor}"
)
FIRST_BEFORE_LINES_ARE_MISSING = template("前 {before} 条缺失", "the first {before} lines are missing")
THIS_LINE_IS_CUT_OFF = both("这一行不完整", "this line is cut off or no line of the log")
THIS_LINE_OR_THE_ONE_BEFORE = both(
    "本条或上一条被改动，或密钥不对", "this line or the one before was altered, or the key is another"
)

# secret_strength
IS_A_COMMON_ONE = both("是示例或常见的口令", "is an example's or a common one")
IS_TOO_SHORT = template("太短：至少 {chars_min} 个字符", "is too short: {chars_min} characters at least")
HAS_TOO_LITTLE_CHANCE = both("太有规律，容易猜到", "has too little chance in it and is easily guessed")
WEAK_SECRET = both("密钥太弱", "a weak secret: ")
IS_NOT_RANDOM = both("不是随机的", "is not random")
USE_A_RANDOM_ONE = both("用随机值，例如", "use a random one: openssl rand -base64 24")
DELETE_THE_FILE = both("删除该文件，重启时会新建", "delete the file, a new one is made")
