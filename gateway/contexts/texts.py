"""Texts for people of ``contexts``: Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.values.bilingual import Pair, both, pair, template

# export
HEADING_ID = "编号 id"
HEADING_VERSION = "版本 version"
HEADING_ARRIVED_AT = "来电时间 arrived_at"
HEADING_ENDED_AT = "结束时间 ended_at"
HEADING_HOME = "首接单位 home"
HEADING_OWNER = "承办单位 owner"
HEADING_ORGANISATIONS = "涉及单位 organisations"
HEADING_CALLER_NUMBER = "来电号码 caller_number"
HEADING_CALLER_NAME = "来电人 caller_name"
HEADING_CONFIDENTIAL = "保密 confidential"
HEADING_QUEUE = "队列 queue"
HEADING_WAIT_S = "等待秒数 wait_s"
HEADING_SEATS = "坐席 seats"
HEADING_TRANSFERS = "转接 transfers"
HEADING_LANGUAGE = "语言 language"
HEADING_DISTRICT = "区划 district"
HEADING_LOCATION = "地点 location"
HEADING_LONGITUDE = "经度 longitude"
HEADING_LATITUDE = "纬度 latitude"
HEADING_MATTER = "事项 matter"
HEADING_URGENCY = "紧急程度 urgency"
HEADING_SUMMARY = "摘要 summary"
HEADING_CASES = "单号 cases"
HEADING_RECORDINGS = "录音 recordings"
XLSXWRITER_IS_MISSING = both("缺少 xlsxwriter", "xlsxwriter is missing")
PYARROW_IS_MISSING = both("缺少 pyarrow", "pyarrow is missing")

# export_job
MORE_THAN_ROWS_MAX_CONTEXTS = template("超过 {rows_max} 条", "more than {rows_max} contexts")
TAKE_A_SHORTER_TIME = both("缩短时间，或用 onekey export", "take a shorter time, or onekey export")
EXPORT_TOOK_MORE_THAN_EXPORT_S = template("导出超过 {export_s:g} 秒", "the export took more than {export_s:g} s")
NARROW_IT_OR_USE = both("缩小范围，或用 onekey export", "narrow it, or use onekey export")
SEE_THE_LOG = both("见日志", "see the log")

# formats.work_order
ENUMERATION_COMMA = "、"
YES = "是"
NO = "否"
MORE_CHARACTERS_THAN_FIT = template("{text_count} 字，最多 {chars_max}", "{text_count} characters, at most {chars_max}")
FORM_HAS_NO_WORD = template("表单没有 {code} 的写法", "the form has no word for {code}")
A_TEXT = both("文本", "a text")
ONE_OF_VALUES = template("其中之一", "one of: {values}")
DEGREES = both("度数", "degrees")
AN_INSTANT = template("时刻，例如", "an instant, e.g. {datetime:{date}}")

# formats.work_order_form
CONTEXT_HAS_NO_SUCH_FIELD = both("来电信息没有这个字段", "a context has no such field")
DATE_FORMAT_HAS_Y = both(
    "日期格式只能用 %Y %y %m %d %H %M %S", "a date format has %Y %y %m %d %H %M %S and nothing else with %"
)
EXAMPLE_DATE_FORMAT = both("例如", 'e.g. "%Y-%m-%d %H:%M:%S"')
FIELD_OF_A_CONTEXT = both("来电信息的字段", "the field of a context")
ALWAYS = both("固定的值", "always this")
NO_VALUE_IS_NAMED = both("没有写值", "no value is named")
NAME_VALUES = both("写上值，或删去", "name values, or leave it out")
FORMS_WORDS_FOR_OUR_CODES = both("代码在表单上的写法", "the form's words for our codes")
WHAT_STANDS_FOR_A_CODE = both("没有写法的代码写成什么", "what stands for a code that has no word")
DATE_FORMAT = both("日期格式（北京时间）", "date format, in China's time")
HOW_MANY_CHARACTERS_AT_MOST = both("最多多少字", "how many characters at most")
WHAT_STANDS_BETWEEN_THE_ITEMS = both("列表各项之间写什么", "what stands between the items of a list")
VERSION_OF_THE_FORMAT = both("格式版本", "version of the format")
FIELDS_NAME_HAS_AT_MOST = both("字段名最多 60 字", "a field's name has at most 60 characters")
SHORTEN_IT = both("改短", "shorten it")
FORM_HAS_NO_FIELD = both("表单没有字段", "the form has no field")
WRITE_AT_LEAST_ONE_FIELD = both("至少写一个字段", "write at least one field")
FIELDS_OF_THE_FORM = both("表单的字段", "the fields of the form")
WHAT_A_FORM_NEEDS = both("至少需要 version 和 fields", "it needs version and fields")
MORE_THAN_PROBLEMS_MAX_ERRORS = template(
    "错误超过 {problems_max} 个，其余未列出", "more than {problems_max} errors, the rest is not shown"
)
IS_THIS_A_FORM = both("这是表单文件吗？", "is this a form?")
EXACTLY_ONE_OF_FROM_AND_VALUE = both("from 和 value 应有且只有一个", "exactly one of `from` and `value`")
FROM_A_CONTEXTS_FIELD = both("from：来电信息的字段；value：固定的值", "from: a context's field; value: always this")
SOURCE_HAS_NO_WORD = template("{source} 不能有 {word}", "{source} has no {word}")
FOR_KINDS = template("可用于", "for: {kinds}")
SOURCE_HAS_NO_VALUES = template("{source} 不能有 values", "{source} has no values")
LEAVE_IT_OUT = both("删去", "leave it out")
ELSE_NEEDS_VALUES = both("else 须与 values 同用", "else needs values")
ADD_VALUES = both("加上 values", "add values")
SOURCE_HAS_NO_CODE = template("{source} 没有这个代码：{code}", "{source} has no code {code}")

# formats.work_order_reload
WORK_ORDER_FORM_IS_BROKEN = both(
    "工单表单有误，仍用之前的", "the work-order form is broken, the one before stays in force"
)

# imports
NOT_TAKEN = both("不采用", "not taken")

# masked_edits
MASKED_READING = both("掩码后的内容，不能写回", "a masked reading, which must not overwrite what it masks")
KEPT_BY_THE_CALLERS_WISH = both(
    "来电人要求保密，只有看得到号码的单位可以解除", "kept by the caller's wish: lifted only by who sees the number"
)

# outbox
PLATFORM_TO_TAKES_NOTHING = template(
    "{to} 平台收不到推送（{why}），{waiting} 条等待", "platform {to} takes nothing ({why_en}), {waiting} wait"
)

# service
CALLS_GO_ON = both(
    "通话不受影响；记下内容，数据库恢复后再保存", "calls go on: note it down, and save it when the store is back"
)

# no_answer
NO_ANSWER: Mapping[str, Pair] = {
    "name": Pair("域名解析不到", "its name is not known"),
    "refused": Pair("端口拒绝连接", "the port refuses connections"),
    "unreachable": Pair("网络不通", "the network does not reach it"),
    "certificate": Pair("证书不被信任", "its certificate is not trusted"),
    "authority": Pair("私有 CA 文件不可用", "the file of the private CA cannot be used"),
    "tls": Pair("TLS 握手失败", "TLS could not be agreed on"),
    "not_http": Pair("应答不是 HTTP", "what answers is not HTTP"),
    "closed": Pair("没有应答就断开了连接", "it closed the connection without an answer"),
    "too_long": Pair("应答过长", "its answer is too long"),
    "late": Pair("超时没有应答", "no answer in time"),
    "address": Pair("地址有误", "the address is wrong"),
    "process": Pair("没有应答", "no answer"),
}
"""By ``no_answer.NoAnswer``."""
NO_ANSWER_REMEDIES: Mapping[str, Pair] = {
    "name": Pair("核对 url 的主机名和本机 DNS", "check the host of its url, and this machine's DNS"),
    "refused": Pair("核对 url 的端口，确认对方服务已启动", "check the port of its url, and that its server runs"),
    "unreachable": Pair("检查路由和防火墙", "check routes and firewalls"),
    "certificate": Pair(
        "对方用私有 CA 时在该表写 ca_file；否则检查证书的主机名和有效期",
        "where a private CA signed it write ca_file into its table; else check its host and dates",
    ),
    "authority": Pair("检查 ca_file 的路径和权限", "check the path and the rights of ca_file"),
    "tls": Pair(
        "url 应为 http 还是 https？核对端口和对方的 TLS 版本", "is its url http or https? check the port, and its TLS"
    ),
    "not_http": Pair("核对 url 的端口：那里是别的服务", "check the port of its url: something else answers there"),
    "closed": Pair("查看对方平台和中间代理的日志", "look into the logs of the platform and of proxies before it"),
    "too_long": Pair("核对 url 的路径；请对方缩短应答", "check the path of its url; ask for shorter answers"),
    "late": Pair("对方过慢或被防火墙丢弃：检查对方负载和防火墙", "it is slow, or a firewall drops it: check both"),
    "address": Pair("改正 url", "correct its url"),
    "process": Pair(
        "检查对方平台、地址和网络；网关会重试", "check the platform, its address and the network; it is tried again"
    ),
}
STATUSES: Mapping[int, Pair] = {
    301: Pair("地址已改", "moved"),
    302: Pair("要求转到别处", "sends elsewhere"),
    303: Pair("要求转到别处", "sends elsewhere"),
    307: Pair("要求转到别处", "sends elsewhere"),
    308: Pair("地址已改", "moved"),
    400: Pair("对方认为内容有误", "it finds the content wrong"),
    401: Pair("对方不认签名或令牌", "it does not accept the signature or token"),
    403: Pair("对方拒绝", "it forbids this"),
    404: Pair("对方没有这个地址", "it has no such address"),
    405: Pair("该地址不接收推送", "the address takes no pushes"),
    410: Pair("对方不再接收", "it wants no more"),
    413: Pair("对方嫌内容过长", "it finds the content too long"),
    429: Pair("对方要求放慢", "it asks for fewer"),
    500: Pair("对方程序出错", "its program failed"),
    502: Pair("对方代理后面没有服务", "nobody answers behind its proxy"),
    503: Pair("对方暂停服务", "it is out of service for now"),
    504: Pair("对方代理等待超时", "its proxy waited in vain"),
}
STATUS_REMEDIES: Mapping[int, Pair] = {
    3: Pair("把 url 改为最终地址：网关不跟随跳转", "write the last address as url: redirects are not followed"),
    4: Pair("与对方核对 url、格式和内容", "check url, format and content with the platform"),
    5: Pair("请对方查看日志；网关会重试", "ask the platform for its log; it is tried again"),
    401: Pair(
        "与对方核对密钥（secret_file 或 token_file）", "compare the secret (secret_file, token_file) with the platform"
    ),
    403: Pair("与对方核对密钥和权限", "compare the secret, and ask for the right"),
    404: Pair("与对方核对 url 的路径", "compare the path of its url with the platform"),
    429: Pair(
        "网关按 Retry-After 等待；请对方放宽限制", "the gateway waits as Retry-After asks; ask for a wider limit"
    ),
    503: Pair("网关按 Retry-After 等待并重试", "the gateway waits as Retry-After asks, and tries again"),
}
"""By status, else by its hundred."""
REASON_WITH_DETAIL = pair("{zh}（{detail}）", "{en} ({detail})")
PEER_GIVES_NO_RECORDS = template(
    "取不到 {peer} 的来电信息（{why}）", "the platform of {peer} gives no records ({why_en})"
)
NO_SUCH_PLATFORM = both("配置中没有这个平台", "no such platform in the configuration")

# trace_ladder
LADDER_HEAD = pair("{id}  来电号码 {number}  首接 {home}（{zone}）", "{id}  caller {number}  home {home} ({zone})")
LADDER_COMMA = Pair("；", "; ")
LADDER_CALLER = Pair("来电人", "caller")
LADDER_ARRIVED = pair("来电，队列 {queue}", "arrives, queue {queue}")
LADDER_ANSWERED = Pair("接听", "answers")
LADDER_ANSWERED_AFTER = pair("接听（等待 {wait_s} 秒）", "answers (after {wait_s} s)")
LADDER_PRESSED = pair("转接 → {target}（{mode}，{hand}）", "transfers → {target} ({mode_en}, {hand_en})")
LADDER_MODES: Mapping[str, Pair] = {
    "warm": Pair("三方转接", "warm"),
    "blind": Pair("直接转接", "blind"),
    "silent": Pair("静默交接", "silent"),
    "consult": Pair("三方协商", "consult"),
    "conference": Pair("邀请加入", "conference"),
    "attended": Pair("话机咨询转", "attended"),
}
LADDER_HANDS: Mapping[str, Pair] = {
    "": Pair("何人按键不明", "by whose hand is not known"),
    "key": Pair("按键", "by key"),
    "refer": Pair("话机转接键", "by the phone's transfer button"),
    "attended": Pair("话机咨询转", "by the phone's attended transfer"),
    "api": Pair("程序", "by a program"),
    "button": Pair("话机按钮", "by a button of a desk phone"),
    "console": Pair("控制台", "by a console"),
}
"""By ``PressedBy``."""
LADDER_STATES: Mapping[str, Pair] = {
    "ringing": Pair("振铃", "rings"),
    "offered": Pair("已接听，待确认", "has answered, shall accept"),
    "blonde": Pair("振铃，转接方已离开", "rings, the transferer has left"),
    "three_party": Pair("接听，三方通话", "answers, three talk"),
    "consulting": Pair("接听，三方协商", "answers, three confer"),
    "cancelling": Pair("正在收回", "is taken back"),
    "by_plan": Pair("拨号方案按预案呼叫", "rung by the plan that lay ready"),
    "plan_stale": Pair("预案已过时，改呼", "the plan was stale, rung anew"),
    "asked": Pair("呼叫", "is asked"),
}
"""By the state of a step of a transfer's history."""
LADDER_RUNG_FAILED = pair("未接通：{why}", "not reached: {why_en}")
LADDER_RUNG_SKIPPED = pair("跳过：{why}", "passed over: {why_en}")
LADDER_ENDED = pair("{outcome}：{why}", "{outcome_en}: {why_en}")
LADDER_EDITED = pair("修改 {fields}", "edits {fields}")
LADDER_CALL_ENDED = Pair("通话结束", "the call ends")
LADDER_RELATED = pair("同一单号：{id}（{at}）", "shares a case number: {id} ({at})")
# export
EXPORT_CANNOT_BE_WRITTEN = template("写不进 {path}：{error}", "cannot write it: {error}")
CHECK_PATH_SPACE_AND_RIGHTS = both("检查路径、磁盘空间和权限", "check the path, the disk's space and the rights")
