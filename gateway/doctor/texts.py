"""Texts for people of ``doctor``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Pair, Template, both, pair, template

# asterisk_files
CONFIGURATION_FILES_ARE_COMPLETE = both("配置文件齐全", "the configuration files are complete")
ASTERISK_PUBLISHES_AN_EVENT = both(
    "Asterisk 把每次变量赋值都作为事件发出，按键到振铃约慢四分之一",
    "Asterisk publishes an event for each variable that is set, which makes a key about a quarter slower",
)
WHERE_NO_OTHER_PROGRAM_READS_VARSET = both(
    "没有别的程序使用 VarSet 时：复制 asterisk-conf/both/stasis.conf，重启 Asterisk",
    "where no other program reads VarSet, copy asterisk-conf/both/stasis.conf and restart Asterisk",
)
RENDER_THE_FILES_AGAIN = both("重新渲染配置", "render the files again")
NAME_IS_MISSING = template("缺少 {name}", "{name} is missing")
CHECK_ITS_RIGHTS = both("检查权限，用 UTF-8 保存", "check its rights, save it as UTF-8")
CANNOT_READ = template("读不到：{error}", "cannot read: {error}")
RESTORE_CONTEXT_FROM_DIALPLAN = template("从 dialplan/ 补回 [{context}]", "restore [{context}] from dialplan/")
DIALPLAN_HAS_NO_CONTEXT = template("拨号方案缺少 [{context}]", "the dialplan has no [{context}]")
HAS_NO_EXTENSION = template("[{context}] 缺少分机 {extension}", "has no extension {extension}")
RESTORE_IT_FROM_DIALPLAN = both("从 dialplan/ 补回", "restore it from dialplan/")
JUMP_LEADS_NOWHERE = template("[{context}] 跳到不存在的 [{match}]", "jumps to [{match}], which is missing")
MEND_THE_JUMP = template("补上 [{match}] 或改跳转", "add [{match}] or mend the jump")
RESTORE_IT_FROM_ASTERISK_CONF_BOTH = both(
    "从 asterisk-conf/both/features.conf 补回", "restore it from asterisk-conf/both/features.conf"
)
THERE_IS_NO_TRANSFER_KEY = both("[applicationmap] 里没有转接按键", "there is no transfer key")
GROUP_LACKS_THE_KEY = template(
    "[{group}] 里没有 {name} => {sign}，坐席按不了", "[{group}] has no {name} => {sign}: no seat has the key"
)
ADD_THE_KEY_TO_THE_GROUP = template("在 [{group}] 加 {name} => {sign}", "add {name} => {sign} to [{group}]")
KEY_IN_ITS_OLD_FORM = template(
    "按键 {code} 用旧写法，三方通话中按了可能无效",
    "key {code} stands in its old form: in a call of three it may do nothing",
)
RENDER_FEATURES_AGAIN = both("由规则文件重新生成 features.conf", "render features.conf from the rules file again")
NO_SEAT_REACHES_THIS_FEATURE = template(
    "功能码 {code}（{name}）与按键同以 {first} 开头，坐席按不到",
    "no seat reaches feature {code} ({name}): keys begin with {first}",
)
GIVE_IT_ANOTHER_CODE = template(
    "把 {name} 换成不以 {code} 开头的码", "give {name} a code that does not begin with {code}"
)
KEY_HAS_NO_FEATURE_CODE = template("规则中的按键 {code} 没有功能码", "key {code} of the rules has no feature code")
KEY_DOES_ANOTHER_THING = template(
    "按键 {code} 是 {found}，规则中是 {shall}", "key {code} does {found}, in the rules {shall}"
)
KEY_CODE_IS_NOT_IN_THE_RULES = template("按键 {code} 不在规则文件里", "key {code} is not in the rules file")
OR_ADD_CODE_TO_KEYS = template('{remedy}，或在 keys 里加 "{code}"', 'or add "{code}" to keys')
KEY_TARGET_IS_NOT_IN_THE_RULES = template(
    "按键 {code} 的目标 {target} 不在规则文件里", "key {code}: target {target} is not in the rules file"
)
ADD_TARGET_TO_TARGETS = template('在 targets 里加 "{target}"', 'add "{target}" to targets')
THERE_IS_NOTHING_TO_DIAL = template(
    "目标 {target} 没有拨号（见 {names}）", "there is nothing to dial for target {target} (see {names})"
)
ADD_DIAL_TO_GLOBALS = template("在 [globals] 加 ONEKEY_DIAL_{target}", "add ONEKEY_DIAL_{target} to [globals]")
CALLERID_HIDES_THE_CALLER = template(
    "目标 {target} 的账号 {endpoint} 有 callerid，话机上看不到来电号码和标签",
    "endpoint {endpoint} of target {target} has a callerid: its phone shows neither caller nor tag",
)
REMOVE_CALLERID = template(
    "从 pjsip.conf 的 [{endpoint}] 删去 callerid", "remove callerid from [{endpoint}] in pjsip.conf"
)
A_WAY_HOME_IS_MISSING = template("通往 {peer} 的 {name} 没有写", "of the ways home to {peer}, {name} is missing")
ADD_NAME_TO_GLOBALS = template("在 [globals] 加 {name}", "add {name} to [globals]")
ADD_QUEUE_TO_QUEUES = template("在 queues.conf 加 [{queue}]", "add [{queue}] to queues.conf")
THERE_IS_NO_QUEUE = template("没有队列 {queue}", "there is no queue {queue}")
QUEUE_MEMBER_HAS_NO_ENDPOINT = template("队列成员 {member} 没有话机账号", "queue member {member} has no endpoint")
ADD_SEAT_TO_PJSIP = template("在 pjsip.conf 加 [{seat}]", "add [{seat}] to pjsip.conf")
ADD_DYNAMIC_FEATURES = template("加 set_var = DYNAMIC_FEATURES={group}", "add that line to the seat")
SEAT_HAS_NO_TRANSFER_KEY = template("坐席 {seat} 没有转接按键", "seat {seat} has no transfer key")
DYNAMIC_FEATURES_LACKS_THE_GROUP = template(
    "坐席 {seat} 的 DYNAMIC_FEATURES 是 {features}，不含 {group}",
    "DYNAMIC_FEATURES of seat {seat} is {features}, without {group}",
)
ADD_TRANSFER_CONTEXT = template("加 set_var = TRANSFER_CONTEXT={jail}", "add that line to the seat")
TRANSFER_BUTTON_IS_NOT_JAILED = template(
    "坐席 {seat} 的转接键没有限制范围", "the transfer button of seat {seat} is not jailed"
)
TRANSFER_BUTTON_LEADS_ELSEWHERE = template(
    "坐席 {seat} 的转接键通向 [{jail}]", "the transfer button of seat {seat} leads to [{jail}]"
)
FORWARDING_PHONE_TAKES_CALLERS = template(
    "坐席 {seat} 的话机设置呼叫转移时会把来电人转走", "a phone of seat {seat} that forwards takes callers with it"
)
ADD_FORWARD_CONTEXT = template("加 set_var = FORWARD_CONTEXT={forwards}", "add that line to the seat")
AMI_IS_OPEN_OVER_HTTP = both("AMI 经 HTTP 开放", "AMI is open over HTTP")
SET_BINDADDR_TO_AN_INSIDE = both("bindaddr 设为内网或回环地址", "set bindaddr to an inside or loopback address")
AMI_LISTENS_ON_EVERY_ADDRESS = both("AMI 监听所有地址", "AMI listens on every address")
ACCOUNT_HAS_THE_DANGEROUS_RIGHT = template(
    "账号 {account} 有危险权限 {right}", "account {account} has the dangerous right {right}"
)
REMOVE_RIGHT_FROM_WRITE = template("从 write 里删去 {right}", "remove {right} from write")

DIALPLAN_NOT_INCLUDED = template(
    "extensions.conf 没有包含 dialplan/（缺 {contexts} 个 context）",
    "extensions.conf does not include dialplan/: {contexts} contexts are missing",
)
INCLUDE_DIALPLAN = both(
    '在 extensions.conf 末尾加 #include "dialplan/*.conf"，再执行 dialplan reload',
    "add that line at the end of extensions.conf, then: dialplan reload",
)

# asterisk_logs
LOGROTATE_KEEPS_ITS_LOGS_FOR_DAYS = template(
    "日志由 logrotate 保留 {days} 天", "logrotate keeps its logs for {days} days"
)
LOGS_OLDER_THAN_DAYS = template(
    "超过 {days} 天的日志还在，其中可能有来电人的号码",
    "logs older than {days} days are still there, callers' numbers may be in them: {some}",
)
REMOVE_OLD_LOGS = template("删去；{shipped} → {rotation}", "remove them, and install {shipped}")
NO_RULE_OF_LOGROTATE_COVERS = template(
    "没有 logrotate 规则，{name} 不会过期", "no rule of logrotate covers it, it is kept for ever: {name}"
)
LOGROTATE_KEEPS_SAYS_DAYS = template(
    "logrotate 保留 {says} 天，[retention] asterisk_days 是 {days}",
    "logrotate keeps {says} days, [retention] asterisk_days says {days}",
)
LOGROTATE_MAKES_LOGS_THAT_EVERYBODY = template(
    "logrotate 新建的日志人人可读（{mode:04o}）", "logrotate makes logs that everybody may read ({mode:04o})"
)

# asterisk_media
MODULES_CONF_LACKS = both("modules.conf 里没有", "modules.conf lacks")
RUNNING_ASTERISK_LACKS = both("运行中的 Asterisk 没有加载", "the Asterisk that runs has not loaded")
PATCHED_CERTAINLY = template(
    "{patched}{recordings}（把握：确定，版本 {version}）", "{patched_en} (certain, by version {version})"
)
VERSION_LOOKS_CLEAN = template(
    "版本 {version} 看似不带补丁，但有 Debian 补丁的模块（{names}），很可能也带那个让人听不见的补丁",
    "version {version} looks clean, but modules of Debian's patches are there ({names}): the patch probably is, too",
)
WHAT_IT_MEANS = template("{what}。{means}", "{means_en}")
WITHOUT_THE_PATCH = both(
    "Asterisk 不带补丁，三方通话和录音完整（把握：确定，由 onekey 构建）",
    "without the patch: calls of three and recordings are whole (certain: built by onekey)",
)
BY_ITS_VERSION_WITHOUT_THE_PATCH = template(
    "Asterisk 看版本不带补丁（把握：很可能；{unseen}）",
    "by its version without the patch (likely: nothing speaks against it)",
)
IT_CANNOT_BE_TOLD_WHETHER = template(
    "看不出 Asterisk {version} 是否带 Debian 的补丁", "it cannot be told whether this Asterisk has Debian's patch"
)
IF_PATCHED_RECORDINGS_LACK_ONE = Pair(
    "若带补丁，转接之后的录音会缺一个人的声音（实测 36 份录音只有 9 份完整）",
    "if it has, recordings across transfers lose a person (9 of 36 were whole)",
)
PATCHED_SOUND_IS_KEPT = Pair(
    "Asterisk 带 Debian 的 opus 补丁：三方通话的声音由拨号方案逐次清理来保住",
    "with Debian's opus patch: the audio of three is kept by the dialplan's cleaning, "
    "recordings across transfers lose a person (9 of 36 were whole)",
)
RUN_AN_ASTERISK_WITHOUT_THE_PATCH = template(
    "需要录音的单位请换不带补丁的 Asterisk（{page}）", "a site that records runs an Asterisk without it ({page})"
)
RECORDINGS_LACK_ONE = "转接之后的录音会缺一个人的声音（实测 36 份只有 9 份完整）"
IT_RECORDS = Template("；本机在录音：{whole}")
IT_DOES_NOT_RECORD_YET = Template("；本机没有加载录音模块，一旦录音：{whole}")
WHERE_IT_RECORDS = Template("；{whole}")
NOTHING_SPEAKS_AGAINST_IT = "没有发现相反的迹象"
MODULES_CANNOT_BE_LOOKED_AT = "没有加载 func_module.so，无从核对模块"
TWO_LAWS = Template("{place} {codec}：一方用 A 律、另一方用 μ 律时，")
SOUND_IS_TRANSLATED_TWICE = both("声音多绕一道转换", "A-law and µ-law then meet by a detour")
NOT_HEARD_WHERE_PATCHED = both(
    "带补丁的 Asterisk 上会听不见", "with the patch, A-law and µ-law do not hear one another then"
)
ADD_THAT_LINE = template(
    "在 modules.conf 加 load = {codec}，然后 module load {codec}",
    "add that line, then `module load {codec}` on its console",
)

# asterisk_modules
ENUMERATION_COMMA = "、"
MISSING_NOT_LOADED = template(
    "没有加载 {names}：没有网关时的按键照常转接，但网关回来后没有记录",
    "{missing} not loaded: keys work without a gateway, but one that comes back has no record of it",
)
ADD_THESE_LINES = template("在 modules.conf 加 {missing}，再重启 Asterisk", "add these lines, then restart Asterisk")

# asterisk_safety
ONEKEY_EIDO_HOSTS_LACKS = template(
    "ONEKEY_EIDO_HOSTS 里没有 {some}：对方来电的档案地址到不了话机",
    "ONEKEY_EIDO_HOSTS lacks it: the address of its records never reaches a seat's phone",
)
THERE_IS_ANONYMOUS = both("有 [anonymous]：不登记也能呼入", "there is [anonymous]: calls come in without an account")
REMOVE = both("删去 [anonymous]", "remove it")
WEAK_PASSWORDS = template(
    "话机口令太弱（空、与号码相同、少于 {secret_min} 位或 change-me）",
    "weak passwords (empty, the number itself, below {secret_min} characters, change-me): {some}",
)
USE_RANDOM_ONES = both("换成随机口令", "use random ones")
INVITE_WITH_REPLACES_TAKES_OVER = both(
    "带 Replaces 的 INVITE 能接管别人的通话", "an INVITE with Replaces takes over calls of others"
)
TAKE_REFUSED = both(
    "从 asterisk-conf/both/pjsip.conf 取 [refused]，endpoint_identifier_order 以 header 开头",
    "take [refused] from there, and let endpoint_identifier_order begin with header",
)
NAME_IS_KNOWN_BY_ITS_ADDRESS = template(
    "{name} 只凭地址识别，又与坐席同一 transport：地址可以伪造",
    "{name} is known by its address alone, on the seats' transport: addresses are forged",
)
GIVE_IT_A_TRANSPORT = both("另设 transport，最好用 TLS", "give it a transport of its own, TLS at best")
TLS_OF_NAME_ASKS = template("{name} 的 TLS 不查对方证书", "the TLS of {name} asks for no certificate")
TRUNK_HAS_NO_WORD = template(
    "{name} 没有口令（ONEKEY_TRUNK_WORD，至少 {word_min} 位）：伪造其地址者可冒充对方平台",
    "{name} has no word of {word_min} characters (ONEKEY_TRUNK_WORD): whoever forges its address is the other switchboard",
)
WRITE_THE_WORD_ON_BOTH_SIDES = both(
    "openssl rand -hex 24，两边同写，见 asterisk-conf/both",
    "on both sides, see asterisk-conf/both; or TLS with certificates",
)
TRUNK_SAYS_NOT_WHOSE = template(
    "{name} 没有说明通往哪个总机：来电人会被误判为已挂断，坐席离开后可能丢失",
    "{name} does not say which switchboard is at its other end: how its callers leave is misread",
)
SAY_WHOSE_TRUNK = "set_var = ONEKEY_TRUNK=<对方编号 / the other switchboard's id>"
NO_ONEKEY_TRUNK_AT = both(
    "没有 ONEKEY_TRUNK_AT：中继的地址在哪个端口都算数",
    "no ONEKEY_TRUNK_AT: the trunk's address counts at every transport",
)
ONEKEY_TRUNK_AT_TRANSPORT_BIND_THE_BIND = (
    "ONEKEY_TRUNK_AT = <中继 transport 的 bind / the bind of the trunk's transport>"
)
SECRET_OF_AMI_ACCOUNT = template("AMI 账号 {account} 的口令太弱", "the secret of AMI account {account} is weak")
USE_A_RANDOM_ONE_OF_SECRET_MIN = template(
    "用 {secret_min} 位以上的随机口令", "use a random one of {secret_min} characters or more"
)
AMI_ACCOUNT_LOGS = template("AMI 账号 {account} 从任何地址都能登录", "AMI account {account} logs in from any address")
LET_THE_GATEWAY_ALONE_IN = "deny = 0.0.0.0/0.0.0.0, permit = <网关的地址 / the gateway's address>"
EVERYBODY_MAY_READ_THIS_FILE = both("有口令的文件人人可读", "everybody may read this file of passwords")
EVERYBODY_MAY_READ_CALLERS_NUMBERS = template("来电人的号码人人可读", "everybody may read callers' numbers: {some}")
CLOSE_THE_LOGS = template(
    "chmod o-rwx {logs} {logs}/*；systemd 单元加 UMask=0027", "and UMask=0027 in the systemd unit"
)
RTP_SYMMETRIC_NO = both("rtp_symmetric = no；话机在 NAT 之后见 docs/security.md", "phones behind NAT: there")

# attach
ACCOUNT_OR_SECRET_CANNOT_BE_SENT = template(
    "账号或口令不能发给 Asterisk：{what}", "account or secret cannot be sent: {what}"
)
CHANGE_USERNAME_OR_SECRET = both("改 username 或 secret", "change username or secret")
NO_ANSWER = both("没有应答", "no answer")
CHECK_THAT_ASTERISK_RUNS = both("检查 Asterisk 是否在运行", "check that Asterisk runs")

# dialplan
MEND_IT_THEN_RUN = both("改好后运行 onekey rules check", "mend it, then run `onekey rules check`")
ERRORS_IN_THE_RULES_FILE = template("规则文件有误", "errors in the rules file:\n{error}")
NO_FOLDER_IS_CONFIGURED = both("没有写 folder，不检查文件", "no folder is configured: its files are not checked")
ADD_FOLDER_TO_THAT_SWITCHBOARD = both("在该总机下加 folder", "add folder to that switchboard")
IN_THE_FILE = Pair("文件里", "in the files")
AS_SHIPPED = both("与随附的拨号方案和规则一致", "as shipped, and as the rules say")
CONTEXT_DIFFERS = template("[{name}] 与随附的不同（- 随附，+ 现用）", "[{name}] differs (- shipped, + here):{shown}")
TAKE_NAME_FROM_DIALPLAN = template(
    "从 dialplan/ 取 [{name}]，或确认改动", "take [{name}] from dialplan/, or keep it knowingly"
)
LINES_LEFT = template("… {left} 行", "lines")
CHANGE_NAME = template("改 {name}，或补上它", "change {name}, or add it")
DIAL_IS_WRONG = Template("{name} = {dial}：{wrong}")
CONTEXT_DOES_NOT_SAY_HOW_IT_LEFT = template(
    "[{name}] 挂机时不说明如何离开来电人", "[{name}] does not say how it left a caller when it hangs up"
)
ADD_A_LINE_TO_THAT_ENDPOINT = template("在该 endpoint 加一行", "add a line to that endpoint: set_var = {leaves}")
NO_SUCH_ENDPOINT = template("pjsip.conf 里没有 [{match}]", "pjsip.conf has no endpoint [{match}]")
THERE_IS_NO_CONTEXT = template("没有 [{context}]", "there is no [{context}]")
CONTEXT_HAS_NO_EXTENSION_EXTEN = template("[{context}] 没有分机 {exten}", "[{context}] has no extension {exten}")
NOT_A_DIAL_STRING = both("不是拨号字符串", "not a dial string")
RUN_THE_GATEWAY = template(
    "运行网关，或用 onekey dialplan plan 生成 {name}", "run the gateway, or make {name} with `onekey dialplan plan`"
)
NO_STATIC_PLAN = template(
    "没有静态方案（{name}）：没有网关时按键只呼叫目标本身",
    "no static plan: without a gateway a key rings its target alone",
)
STATIC_PLAN_IS_NOT_THAT_OF_THE_RULES = template(
    "{zh}的静态方案与规则不符（规则 ≠ 现用）", "the static plan {en} is not that of the rules (rules ≠ here):{some}"
)
NOT_COMPARED_WITH_WHAT_RUNS = template("没有比较运行中的", "not compared with what runs: {what}")
LINK_WAS_LOST = template("连接中断", "the link was lost: {error}")
GIVE_THE_ACCOUNT_WRITE_REPORTING = both("给账号 write = reporting", "give the account write = reporting")
CANNOT_READ_WHAT_IS_LOADED = template("不能读取运行中的拨号方案：{loaded}", "cannot read what is loaded")
WHAT_IS_LOADED_OF_NAME_DIFFERS = template(
    "运行中的 [{name}] 与文件不同（文件 ≠ 运行）", "what is loaded of [{name}] differs (file ≠ loaded):{some}"
)
RUN_DIALPLAN_RELOAD_ON_ITS_CONSOLE = both("在控制台执行 dialplan reload", "run `dialplan reload` on its console")
AS_LOADED = Pair("运行中", "that is loaded")
WHAT_IS_LOADED = both("运行中的拨号方案与文件一致", "what is loaded is what is written")

# examine
COUNT_OF_RULES = template("{rules} 条规则", "rules")
MEND_IT_THEN_RUN_ONEKEY = both("改好后运行 onekey work-order check", "mend it, then run `onekey work-order check`")
ERRORS_IN_THE_WORK_ORDER_FORM = template("工单表单有误", "errors in the work-order form:\n{error}")
COUNT_OF_FIELDS = template("工单表单 {fields} 个字段", "fields of the work-order form")
RUN_FOLDER_IS_WRITABLE = both("运行目录可写", "the run folder is writable")
CHANGE_RUN_DIR_OR_THE_FOLDERS_RIGHTS = both("改 run_dir 或目录权限", "change run_dir or the folder's rights")
RUN_FOLDER_IS_NOT_WRITABLE = both("运行目录不可写", "the run folder is not writable")
OTHERS_MAY_READ_THIS_FILE = template(
    "密钥文件可被他人读取（{mode:04o}）", "others may read this file of secrets ({mode:04o})"
)
REDIS_ANSWERS = both("Redis 可用", "Redis answers, and keeps what it takes")
DATABASE_IS_WRITABLE = both("数据库可写", "the database is writable")
CANNOT_LOOK_INTO_THE_DATABASES_FOLDER = template(
    "看不到数据库所在目录：{error}", "cannot look into the database's folder: {error}"
)
CHECK_THE_FOLDERS_RIGHTS = both("检查权限", "check its rights")
DATABASE_CANNOT_BE_MADE = both("数据库无法新建", "the database cannot be made")
CHECK_THE_RIGHTS_OF_PLACE = template("检查权限", "check the rights of {place}")
NO_DATABASE_YET = both(
    "还没有数据库，网关启动时新建；若本来有，先挂上它的磁盘",
    "no database yet, the gateway makes one when it starts; if there was one, mount its disk first",
)
LISTEN_ON_LOOPBACK_AND_LET = both("只监听本机，由反向代理加 TLS", "listen on loopback and let a reverse proxy add TLS")
API_IS_OPEN_TO_OTHERS = both("API 对外开放且没有 TLS", "the API is open to others without TLS")
APIS_PORT_CANNOT_BE_HAD = template(
    "API 端口不可用（网关已在运行？）：{strerror}", "the API's port cannot be had (is the gateway up?)"
)
STOP_THAT_PROGRAM_OR_CHANGE = both("停掉占用的程序或换端口", "stop that program or change the port")
APIS_PORT_IS_FREE = both("API 端口空闲", "the API's port is free")
RUN_IT_AGAIN = both("再运行一次", "run it again")
ATTACHED_ASTERISK_VERSION = template("已接入", "attached: Asterisk {version}")
UPGRADE_TO_22 = both("升级到 22.10.1 以上", "upgrade to 22.10.1 or later")
HAS_KNOWN_ADVISORIES = template("版本 {version} 有已公布的漏洞", "has known advisories")
ADD_MEMBERS_IN_QUEUES = both("在 queues.conf 里加 member", "add members in queues.conf")
NO_QUEUE_MEMBER = both("没有队列成员，看不到坐席", "no queue member, so no seat is seen")

# gateway_running, own_files, tenant
GATEWAY_DOES_NOT_ANSWER = template(
    "网关在运行（{holder}），API 没有应答", "the gateway runs ({holder}) and its API does not answer"
)
LOOK_AT_ITS_LOG = both("看网关日志；必要时 systemctl restart onekey", "see its log; restart it where needed")
NO_GATEWAY_ANSWERS_THERE = template(
    "API 端口上应答的不是网关（{error}）", "whoever answers at the API's port is no gateway ({error})"
)
ANOTHER_GATEWAY_ANSWERS = both(
    "应答的网关不认本配置的令牌：是另一个网关，或改了令牌没有重启",
    "the gateway that answers does not know this configuration's token: another one, or the token was changed since it began",
)
ITS_TOKEN_IS_ANOTHERS = both("重启网关，或检查 [api] port", "restart the gateway, or check [api] port")
GATEWAY_IS_READY = both("网关在运行，可以转接", "the gateway runs, and is ready")
GATEWAY_IS_NOT_READY = both("网关在运行，不能转接", "the gateway runs, and is not ready")
USER_MAY_NOT_WRITE = template(
    "网关的用户 {user} 写不了 {names}（root 运行过命令？）",
    "the gateway's user may not write them: has root run a command here?",
)
ANOTHER_GATEWAY_IS_ATTACHED = template(
    "总机 {board} 已由另一个网关接入：{holder}", "another gateway is attached to this switchboard: {holder}"
)
STOP_ONE_OF_THE_TWO = template(
    "停掉其中一个：在 {host} 上 systemctl stop onekey（或 kill {pid}）", "stop one of the two"
)
NOT_SEEN_WITHOUT_A_FOLDER = both(
    "没有写 folder（Asterisk 在另一台机器？），未能核对：按键的功能码、坐席的 set_var、队列参数、提示音文件、日志和口令",
    "no folder is configured: codes of features, seats' set_var, options of queues, prompts, logs and passwords were not checked",
)
COPY_ITS_FILES = template(
    'scp -r {host}:/etc/asterisk etc-{board}，在该总机下写 folder = "etc-{board}"；再用 onekey doctor --call 试打',
    "copy its files here and name the folder; then try a call: onekey doctor --call",
)

# trial_call
NO_SUCH_SWITCHBOARD = template("配置里没有总机 {side}", "the configuration has no such switchboard")
NO_SUCH_KEY = template("规则里没有转接按键 {code}", "the rules have no such key that transfers")
NO_TEST_CONTEXT = both(
    "运行中的拨号方案没有 [onekey-test]，不能试打", "the dialplan that runs has no [onekey-test]: no call can be tried"
)
TEST_IS_NOT_LOOKED_AT = both(
    "运行中的拨号方案不认试打的来电人，试打会真的呼叫对方，没有试打",
    "the dialplan that runs does not look for a test's caller: whoever is dialled would really ring, so no call was made",
)
NO_EARS = both(
    "没有加载 app_waitforsilence.so，听不出谁听见谁",
    "app_waitforsilence.so is not loaded: nobody could say what is heard",
)
LOAD_EARS = both(
    "modules.conf 加 load = app_waitforsilence.so，控制台执行 module load app_waitforsilence.so",
    "add that line, and load it on the console",
)
RULES_REFUSE_NOW = template(
    "按规则，此键此刻不转接（{plan}），没有试打", "by the rules this key transfers nobody now; no call was tried"
)
TRY_WHEN_IT_IS_ALLOWED = both(
    "换一个按键（--key），或在允许的时段再试", "try another key (--key), or when it is allowed"
)
NO_PLAN_TO_TEST = both(
    "网关在运行而没有留下方案，按键会绕过规则：没有试打",
    "the gateway runs and has left no plan: a key would pass the rules by, so no call was made",
)
TEST_SEAT_REFUSED = template("试打的坐席进不了队列 {queue}：{why}", "the test's seat was not let into the queue")
CHECK_THE_QUEUE = template(
    "检查 queues.conf 的 [{queue}] 和 AMI 账号的 agent 权限", "check that queue, and the account's right agent"
)
TEST_CALL_REFUSED = template("试打发不出：{why}", "the test's call was refused")
CHECK_ENTRY = template(
    "检查来电入口 {entry}，或用 --entry CONTEXT,EXTEN 指明", "check where citizens' calls go in, or name it"
)
TEST_CALL_REACHED_NO_SEAT = template("试打 {seconds} 秒内没有到坐席", "the test's call reached no seat in that time")
TEST_CALLER_GONE = both("试打的来电人没有和坐席通上话", "the test's caller does not talk with the seat")
KEY_BROUGHT_NOBODY = template("按 {code} 之后没有人加入", "nobody joined after the key")
SEE_WHY_NOBODY_CAME = both(
    "检查坐席的 DYNAMIC_FEATURES、features.conf、ONEKEY_DIAL_…；看 Asterisk 日志",
    "check DYNAMIC_FEATURES, features.conf, ONEKEY_DIAL_…; see Asterisk's log",
)
KEY_BROUGHT_THE_TARGET = template("按 {code} 后对方加入（{took_ms} 毫秒）", "the key brought the target into the call")
BEFORE_THE_KEY = both("按键前", "before the key")
AFTER_THE_KEY = both("加入后", "after the target has joined")
THE_CALLER = both("来电人", "caller")
THE_SEAT = both("坐席", "seat")
THE_TARGET = both("对方", "target")
EVERYBODY_IS_HEARD = template("{when}：互相都听得见（{pairs}）", "everybody hears everybody")
SOMEBODY_IS_NOT_HEARD = template("{when}：有人听不见（{pairs}）", "somebody is not heard")
SEE_SOUND = both(
    "见 docs/install.md 关于 Asterisk 版本和编解码的说明", "see docs/install.md on Asterisk's version and its codecs"
)
TRANSFER_WAS_RECORDED = template("转接已记录（{state}）", "the transfer was recorded")
TRANSFER_WAS_NOT_RECORDED = both("转接没有记录", "the transfer was not recorded")

# findings
READY_FOR_CALLS = both("可以投入使用", "ready for calls")
LEVEL_ERROR = "✘ 错误 error  "
LEVEL_WARNING = "! 注意 warning"
LEVEL_UNKNOWN = "? 未核对 unseen "
COUNT_OF_UNKNOWNS = template(
    "没有发现错误；有 {unknown} 项未能核对", "no error was found; {unknown} things could not be checked"
)
LEVEL_OK = "✔ 正常 ok     "
COUNT_OF_ERRORS = template("\n{errors} 个错误", "errors")

# unsafe_lines
NO_MESSAGE_CONTEXT_THAT_LEADS_NOWHERE = both(
    "没有 message_context：一条 SIP MESSAGE 就成为永不挂断的来电人",
    "no message_context that leads nowhere: one SIP MESSAGE becomes a caller who never hangs up",
)
RTP_SYMMETRIC = both(
    "rtp_symmetric 打开：被当作话机的地址会收到通话的声音",
    "rtp_symmetric is on: whoever is taken for the phone is sent the call's audio",
)
STRICTRTP_IS_OFF = both(
    "strictrtp 关闭：任何地址都能替坐席按键、听到通话",
    "strictrtp is off: any address presses a seat's keys and hears its calls",
)
STRICTRTP_SEQNO_ASKS_NO_TIME = both(
    "strictrtp = seqno 不看时间，一批同时到达的包就能冒充",
    "strictrtp = seqno asks no time: packets that come all at once pass",
)
PROBATION_IS_SMALL = both(
    "probation 太小：话机的包迟到或丢失时，陌生地址会被当作话机",
    "probation is small: a stranger is learnt as the phone while the phone's packets are late or lost",
)
SET_PROBATION = both("probation = 600；话机在 NAT 之后见 docs/security.md", "phones behind NAT: docs/security.md")
AMI_CARRIES_ITS_SECRET_AND_NUMBERS = both(
    "AMI 在网络上明文传送口令和号码", "AMI carries its secret and numbers over the network in the clear"
)
BIND_AMI_TO_LOOPBACK_OR_TLS = both(
    "bindaddr = 127.0.0.1，或 tlsenable = yes、只放行网关", "or tlsenable = yes, and let the gateway's address in alone"
)
QUEUE_LOG_KEEPS_EVERY_CALLERS_NUMBER = both(
    "queue_log 记下每位来电人的号码，不会过期", "queue_log keeps every caller's number, for ever"
)
LOG_FILE_TAKES_VERBOSE = both(
    "日志文件里有 verbose、debug 或 dtmf：逐行记下号码和按键",
    "a log file takes verbose, debug or dtmf: numbers and keys, line by line",
)
CEL_RECORDS_NUMBERS_AND_NAMES = both(
    "CEL 记下每路通话的号码和姓名，不会过期", "CEL records numbers and names of every call, for ever"
)
SWITCH_CEL_OFF = both("cel.conf: enable = no；要用就定期清除", "or remove its files regularly")
LIVE_DANGEROUSLY = both(
    "live_dangerously 打开：AMI 能执行程序、读写文件",
    "live_dangerously is on: AMI runs programs, reads and writes files",
)
EXECINCLUDES = both("execincludes 打开：配置文件能执行程序", "execincludes is on: a configuration file runs programs")
TIMER_T1_BELOW_500_MS = both("timer_t1 小于 500 ms：只宜在实验环境", "timer_t1 below 500 ms is for a lab")
REMOVE_TIMER_T1_AND_TIMER_B = both("删去 timer_t1 和 timer_b", "remove timer_t1 and timer_b")
NO_USER_AGENT = both(
    "没有 user_agent：每个应答都告诉陌生人 Asterisk 的版本",
    "no user_agent: every answer tells strangers Asterisk's version",
)
SET_USER_AGENT = "[global] user_agent = <不含版本的名字 / a name without a version>"
OPTIONS_OF_STRANGERS_ARE_ANSWERED = both("未登记者的 OPTIONS 得到应答", "OPTIONS of strangers are answered")
REMOVE_UNAUTHENTICATED_OPTIONS = both("删去 allow_unauthenticated_options", "remove it")
NO_SEAT = both("不是坐席却可以转接（REFER）", "no seat, and may transfer callers (REFER)")
CALLER_OR_A_TRUNK = both("来电人或中继有坐席的按键", "a caller or a trunk has a seat's keys")
REMOVE_THAT_LINE = both("删去 set_var = DYNAMIC_FEATURES", "remove that line")
PHONE_THAT_REGISTERS_NAMES = both("一部登记的话机可以自报号码", "a phone that registers names its own number")
SWITCH_RTP_SYMMETRIC_OFF = both(
    "rtp_symmetric = no；话机在 NAT 之后见 docs/security.md", "phones behind NAT: docs/security.md"
)
MEDIA_ENCRYPTION_OPTIMISTIC = both(
    "media_encryption_optimistic：路上的人删去一行就没有加密",
    "media_encryption_optimistic: whoever is on the way takes one line out, and nothing is encrypted",
)
MAY_SUBSCRIBE = both("可以订阅（SUBSCRIBE），没有谁需要", "may SUBSCRIBE, which nobody needs")

# asterisk_modules
SEMICOLON = "；"

# groups
SEAT_TWICE_IN_A_GROUP = template(
    "坐席 {seat} 在分组中出现两次，只计一次", "the seat {seat} is named twice: it counts once"
)
REMOVE_ONE_OF_THEM = both("删去一个", "remove one of them")
SEAT_OF_NO_SWITCHBOARD = template("分组中的 {seat} 不属于任何总机", "{seat} is of no switchboard of this file")
SEATS_ARE_WRITTEN = template("写成 总机/坐席，总机为 {boards}", "write switchboard/seat; the switchboards are {boards}")
SEAT_OF_NO_PATTERN = template(
    "分组中的 {seat} 不在该总机的 seats 之内", "{seat} fits none of the patterns in seats of its switchboard"
)
CORRECT_THE_SEAT = both("改正号码，或补充 seats", "correct the number, or add it to seats")

# records_ahead
RECORDS_AHEAD = template(
    "{count} 条记录在将来：时钟曾经跳变", "{count} records lie ahead: a clock was wrong when they were written"
)
PUT_RECORDS_RIGHT = both(
    "onekey clock 查看；停止网关后 onekey clock --write 修复",
    "onekey clock shows them; stop the gateway, then onekey clock --write puts them right",
)

# platforms
PEER_ANSWERS = both(
    "能取到来电信息：地址、证书和令牌都对（用一个不存在的编号问过，没有取走任何记录）",
    "gives its records: address, certificate and token are right (asked for an id that does not exist, so no record was fetched)",
)
PEER_ANSWERS_IN_FULL = both(
    "能取到不掩码的来电信息：地址、证书和令牌都对（用一个不存在的编号问过，没有取走任何记录）",
    "gives its records unmasked: address, certificate and token are right (asked for an id that does not exist, so no record was fetched)",
)
PUSH_IS_TAKEN = both(
    "收得到推送：地址、证书和密钥都对（用 OPTIONS 和一条签名的空消息问过，没有发出任何记录）",
    "takes pushes: address, certificate and secret are right (asked by OPTIONS and by a signed message without a record)",
)
PUSH_ANSWERS = template(
    "应答了 OPTIONS（{status}）：地址和证书都对；它认不认签名，只有推送一条记录才知道，这里不发",
    "answers OPTIONS ({status}): address and certificate are right; whether it accepts the signature only a record shows, and none is sent here",
)
LOOK_AT_THE_DELIVERIES = template(
    "首次转接后查看死信",
    'after the first transfer look for dead letters: curl -H "Authorization: Bearer …" {api}/v1/deliveries',
)
PEER_ONLY_PUSHES = both(
    "只推送给本方，从这里看不到它推不推得到", "pushes to us only: whether its pushes reach us is not seen from here"
)
ASK_OVER_THERE = template(
    "在 {peer} 的网关上运行", "run there, at {peer}: onekey doctor --config /etc/onekey/onekey.toml"
)
PEER_CANNOT_BE_ASKED = template("取不到它的来电信息：{why}", "gives no records: {why_en}")
PUSH_CANNOT_ARRIVE = template("收不到推送：{why}", "pushes do not reach it: {why_en}")
WHO_ANSWERS_IS_NO_GATEWAY = pair(
    "应答的不是一键转接的接口（{status}）", "what answers is not onekey's interface ({status})"
)
TOKEN_IS_REFUSED = pair("不认 token_file 中的令牌（401）", "it does not accept the token of token_file (401)")
TOKEN_LACKS_SCOPE = pair("令牌没有 {scope} 权限（403）", "the token has no right to {scope} (403)")
SECRET_IS_REFUSED = pair("不认 secret_file 中的密钥（401）", "it does not accept the secret of secret_file (401)")
CLOCKS_OF_PLATFORM_APART = pair("两边的时钟相差过多（{rule}）", "the clocks of both sides are too far apart ({rule})")
NO_ADDRESS_FOR_OPTIONS = pair("对方没有这个地址（404）", "it has no such address (404)")
MAKE_A_TOKEN = template(
    "在 {peer} 的网关上生成，写入本方的 {file}",
    "make one over there and write it into {file} here: onekey token create {name} --switchboard {board} {scopes} --config /etc/onekey/onekey.toml",
)
COMPARE_THE_SECRET = template(
    "两边的 secret_file 须相同；在两边各运行一次再比较",
    "both sides' secret_file must be the same; run on both and compare: tr -d '[:space:]' < {file} | sha256sum",
)
COMPARE_THE_CLOCKS = both(
    "在两边各运行一次，开启对时", "run on both sides, and let time be kept: timedatectl set-ntp true; date -u"
)
WRITE_ITS_ROOT = template("写网关的地址，不带路径", 'write the gateway\'s address without a path: url = "{url}"')
WRITE_WHERE_PUSHES_GO = template("写收推送的地址", 'write where pushes go: url = "{url}"')
WRITE_ITS_AUTHORITY = template(
    "对方用私有 CA：向对方索取 CA 证书，在该表写 ca_file；看它是谁签的",
    'a private CA signed it: get the CA\'s certificate from them and write ca_file = "{board}-ca.pem" into its table; see whose it is: {command}',
)
ANOTHER_AUTHORITY = template(
    "ca_file 不是签发它的 CA：向对方索取后替换；看它是谁签的",
    "ca_file is not the CA that signed it: get the right one from them and replace {ca}; see whose it is: {command}",
)
ANOTHER_NAME = template(
    "url 须写证书里的名字；看证书里有哪些名字",
    "url must have a name that stands in the certificate; see which do: {command}",
)
ITS_DATES = template(
    "请对方更新证书，并核对本机时钟", "ask them to renew it, and look at this machine's clock: {command}"
)
AND_TRY = template("{zh}；试", "{en}; try: {command}")
