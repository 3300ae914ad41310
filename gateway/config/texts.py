"""Texts for people of ``config``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Pair, Template, both, template

# site_file
COPY_THE_EXAMPLE = both("从 onekey.example.toml 复制一份", "copy onekey.example.toml")
NO_SUCH_FILE = both("找不到配置文件", "no such file")
CANNOT_READ = template("读不到：{error}", "cannot read: {error}")
CHECK_RIGHTS_AND_ENCODING = both("检查权限和编码", "check rights and encoding")
NOT_VALID_TOML = template("不是有效的 TOML：{error}", "not valid TOML: {error}")
COMPARE_THE_EXAMPLE = both("参照 onekey.example.toml", "see onekey.example.toml")
RUN_ONEKEY_LAB_UP_FIRST = both("先运行 onekey lab up", "run `onekey lab up` first")
NO_LAB_IS_UP = both("没有运行中的实验环境", "no lab is up")
RUN_ONEKEY_LAB_DOWN = both("onekey lab down，再 onekey lab up", "run `onekey lab down`, then `onekey lab up`")
DAMAGED = template("描述文件损坏", "damaged: {error!r}")
SIGNING_KEY_CANNOT_BE_USED = template("签名密钥不可用：{error}", "the signing key cannot be used: {error}")
CHECK_RIGHTS = both("检查权限，或删除后重建", "check rights, or delete it")
SIGNING_KEY_IS_TOO_SHORT = both("签名密钥太短", "the signing key is too short")
DELETE_IT_A_NEW = both("至少 16 字节，删除后会重建", "delete it, a new one is made")
NO_SUCH_OLD_SIGNING_KEY = both("找不到旧签名密钥", "no such old signing key")
CHECK_THE_PATH = both("检查路径，或删去", "check the path, or leave it out")

# site_tables
NEEDS_PUBLIC_URL = both(
    "Call-Info 需要 public_url（字母、数字和 . - _ ~ : /）", "needs public_url, of letters, digits and . - _ ~ : /"
)
WRITE_THE_ADDRESS_AT_WHICH_OTHERS = both("写上对方能访问的地址", "write the address at which others reach the API")
TWO_SWITCHBOARDS_HAVE_THE_ID = template("编号重复：{id}", "two switchboards have the id {id}")
CHANGE_ONE = both("改一个", "change one")
ID_HAS_A_PLATFORM_ALREADY = template("{id} 已有一个平台", "{id} has a platform already")
ONE_PUSH_FOR_EACH_SWITCHBOARD = both("每个总机一个 [[push]]", "one [[push]] for each switchboard")
UNKNOWN_FORMAT = template("未知的格式：{word}", "unknown format: {word}")
KNOWN_PUSH_FORMATS = template("可用", "known: {push_formats}")
ID_IS_ATTACHED_TO_THIS_GATEWAY = template("{id} 已接入本网关", "{id} is attached to this gateway")
LEAVE_THIS_TABLE_OUT = both("删去这一段", "leave this table out")
URL_TO_FETCH = both("写 url（获取）或 secret（接收推送）", "url to fetch, or secret for what it pushes")
HAS_NEITHER_URL_NOR_SECRET = both("既没有 url 也没有 secret", "has neither url nor secret")
AT_LEAST_ONE_SWITCHBOARDS = both("至少写一个 [[switchboards]]", "at least one [[switchboards]]")
HAS_MOVED_TO_THE_RULES_FILE = both("已移到规则文件", "has moved to the rules file")
WRITE_IT_UNDER_THE_TARGET = both("在目标下写 sees_confidential: yes", "write it under the target")
FORM_HAS_MOVED = both("表单已移到自己的 YAML 文件", "the form has moved to a YAML file of its own")
NAME_THE_FORMS_FILE = 'work_order = "work_order.yaml"（放在各表之前 / above the tables），onekey work-order check'

# toml_problems
WITH_LINE = Template("{what}（第 {number} 行 / line {number}）")
IS_MISSING = both("缺少此设置", "is missing")
ADD_NAME = template("加上 {name}", "add {name}")
DID_YOU_MEAN_NEAR = template("是否想写 {near}", "did you mean {near}")
KNOWN = template("可用", "known: {known}")
UNKNOWN_SETTING = both("未知的设置", "unknown setting")
MUST_BE_TRUE_OR_FALSE = both("应为 true 或 false", "must be true or false")
LEAVE_IT_OUT_FOR_FALSE = both("删去即为 false", "leave it out for false")
MUST_BE_A_TABLE = template("应写成 {shape}", "must be a table {shape}")
MUST_BE_OF_KIND = template("类型应为 {kinds}", "must be {kinds}")
DOES_NOT_FIT = template("值不合适：{msg}", "does not fit: {msg}")

# toml_values
SEE_THE_EXAMPLE = both("见 onekey.example.toml", "see onekey.example.toml")
LEAVE_IT_OUT_FOR_THE_DEFAULT = both("删去即用默认值", "leave it out for the default")
ADD_KEY = template("加上 {key}", "add {key}")
IS_EMPTY = both("是空的", "is empty")
ADD_FIELD_NAME = template("加上 {field_name}", "add {field_name}")
MUST_BE_ONE_PRINTABLE_LINE = template(
    "应为一行可见字符，最多 {line_bytes_max} 字节", "must be one printable line of at most {line_bytes_max} bytes"
)
CHOOSE_ANOTHER = both("换一个", "choose another")
MUST_BE_MORE_THAN_0_S = both("应大于 0 秒", "must be more than 0 s")
MUST_NOT_BE_NEGATIVE = both("不能是负数", "must not be negative")
DAYS = Pair(" 天", " days")
MUST_BE_AT_LEAST = template("至少为 {least}{zh}", "must be at least {least}{en}")
PORT_IS_1_TO_65535 = template("端口应在 1 到 65535 之间：{value}", "a port is 1 to 65535, not {value}")
FIX_THE_PORT = both("改成端口号", "fix it")
MUST_BE_AN_ADDRESS = both("应写成 http://地址:端口", "must be written http://host:port")
WRITE_IT_SO = both("改写，或删去", "write it so, or leave it out")
TAKES_CALLERS_OR_TRUNKS_FOR_SEATS = template(
    "会把来电人或中继当作坐席：{pattern}", "takes callers or trunks for seats: {pattern}"
)
WRITE_IT_NARROWER = both('写得更窄，如 "10[0-4][0-9]"', 'write it narrower, as "10[0-4][0-9]"')
NOT_AN_IP_ADDRESS = template("不是 IP 地址：{proxy:.80}", "not an IP address: {proxy:.80}")
ADDRESS_OF_EACH_REVERSE_PROXY = both("逐个写反向代理的地址", "the address of each reverse proxy")
NOT_A_REGULAR_EXPRESSION = template("不是有效的正则表达式：{error}", "not a regular expression: {error}")
CANNOT_READ_FILE = template("读不到", "cannot read {file}: {error}")
CHECK_PATH_AND_RIGHTS = both("检查路径和权限", "check path and rights")
NOT_A_SEAT = template("{seat!r} 不是本文件中的坐席", "{seat!r} is no seat of this file")
WRITE_A_SEAT = template("写成“总机/坐席”，总机为 {boards}", 'write "switchboard/seat", of {boards}')
NOT_A_PERSONS_NAME = template(
    "{seat} 的姓名应为 1 至 {most} 字，不含 ; | ,", "the name at {seat} has 1 to {most} characters without ; | ,"
)
SHORTEN_THE_NAME = both("改短，或去掉这些符号", "shorten it, or leave those signs out")
NO_CERTIFICATES = template("没有可用的证书（PEM）：{file}：{error}", "no certificates (PEM) in {file}: {error}")
PEM_OF_THE_AUTHORITY = both("写对方私有 CA 的证书（PEM）", "write the PEM file of the platform's private CA")
IS_EMPTY_FILE = template("是空的", "is empty: {file}")
WRITE_THE_SECRET = both("写入密码", "write the secret into it")

# site_answers
SITE_TOML_EXAMPLE = both(
    "参照随附的 site.example.toml，或运行 onekey site init 逐项回答",
    "see site.example.toml, or let `onekey site init` ask",
)
HAS_SIGNS_THAT_DO_NOT_FIT = template("不合规：{value!r}", "{value!r} has signs that do not fit")
FITTING = template("允许", "allowed: {form}")
NO_SEATS = both("没有坐席", "there are no seats")
NO_QUEUES = both("没有队列", "there are no queues")
TAKES_IS_NO_QUEUE = template(
    "接收转入来电的 {queue} 不在 queues 里", "{queue}, which is to take transferred callers, is not in queues"
)
NUMBER_OF_NO_SEAT = template("分机号指向的 {seat} 不在 seats 里", "a number leads to {seat}, which is not in seats")
TRUNK_TO_NOBODY = template(
    "中继通往的 {peer} 既不是总机也不是 peers", "a trunk leads to {peer}, which is no switchboard and no peer"
)
ADD_A_SWITCHBOARD = template(
    "为 {peer} 写一个 [[switchboards]]（本网关接入）或 [[peers]]（对方自有网关）",
    "add [[switchboards]] (attached here) or [[peers]] (a gateway of its own) for {peer}",
)
PEER_WITHOUT_URL = template("{peer} 没有 url", "{peer} has no url")
