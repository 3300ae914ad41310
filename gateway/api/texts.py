"""Texts for people of ``api``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import both, template

# buttons
RINGING_TARGET = template("正在呼叫 {target}", "ringing {target}")
TAKING_THE_CALLER_BACK = both("正在收回", "taking the caller back")
ACCEPTED = both("已接受", "accepted")
DECLINED = both("已拒绝", "declined")

# connections
TOO_MANY_CONNECTIONS = template(
    "接口连接数 {count}，上限 {connections_max}",
    "{count} connections to the API, of {connections_max} at most",
)
SEE_WHO_HOLDS_THEM = both(
    "查看是谁占用连接（ss -tn）；确需更多则提高 [limits] connections_max",
    "see who holds them (ss -tn); if they are needed, raise connections_max in [limits]",
)

# server
APIS_PORT_IS_TAKEN = both("API 端口已被占用", "the API's port is taken")
CANNOT_LISTEN = template("API 无法监听", "cannot listen: {error}")
STOP_THAT_PROGRAM_OR_MOVE = both(
    "停掉占用的程序，或改 [api] 的 host 和 port", "stop that program, or change host and port in [api]"
)

# contexts
MORE_DIGITS_NEED_A_FULL_READING = both("查更多位须完整读取", "more digits need a full reading: full=true and a purpose")

# alphabets
INSTANT_IN_A_URL = both(
    "1970 年至 2099 年的时间，或自 1970 年起的秒；网址中 + 写作 %2B",
    "an instant of the years 1970 to 2099, or seconds since 1970; in a URL + is written %2B",
)
