"""Texts for people of ``cli``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Pair, Template, both, template

# demo
DEFAULT_ALL = both("默认全部", "default: all")

# dialplan
COMPARE_WITH_WHAT_SHIPS = both("与随附的文件和规则比较", "compare with what ships and with the rules")
WHOM_A_KEY_RINGS = both("没有网关时按键呼叫谁（onekey-plan.conf）", "whom a key rings without a gateway")
KEYS_OF_THE_RULES = both("由规则生成 features.conf", "features.conf from the rules")
RULES_FILE = both("规则文件", "rules file (default: that of the configuration)")
NO_ERROR_IN_THE_DIALPLAN = both("拨号方案没有错误", "no error in the dialplan")
THERE_IS_NO_SWITCHBOARD = template("没有总机 {switchboard}", "there is no switchboard {switchboard}")
KNOWN_IDS = template("可用", "known: {ids}")

# doctor
TRY_A_CALL = both(
    "再试打一通：真的队列和按键，不惊动任何人", "try one call as well: the real queue and key, and nobody is disturbed"
)
AT_WHICH_SWITCHBOARD = both("在哪台总机试打", "at which switchboard (default: the first)")
WHERE_CALLS_GO_IN = both("来电从哪里进来", "where a citizen's call goes in")
WHICH_KEY = both("试哪个按键", "which key (default: the first that transfers)")

# forms
CHECK_A_FORM = both("检查表单文件", "check a form")
DEFAULT_THE_ONE = both("默认为自带的表单", "default: the one that ships")
CONTEXT_AS_A_WORK_ORDER = both("一条来电信息填成的工单，掩码", "a context as a work order, masked")
VALIDATE_ONE = both("校验，列出可采用的内容", "validate one, say what of it is taken")
CONTEXT_AS_AN_EIDO = both("一条来电信息的 EIDO，掩码", "a context as an EIDO, masked")
CONTEXTS_ID = both("来电信息号", "a context's id")
NEW_CONTEXT_FROM_A_FILE = both("由文件新建一条来电信息", "a new context from a file")
ITS_HOME = both("首接单位", "its home")
FORM_IS_CORRECT = Template("{path}: 正确 / correct: {fields} 个字段 fields")
WARNING_OF_A_SOURCE = Template("提醒 warning: {field} ({source}): {rule}")
JSON_OBJECT = both("JSON 对象", "a JSON object")
CANNOT_BE_READ_AS_JSON = template("{path}: 不能读作 JSON，须为", "cannot be read, it must be: {rule}")
CHECK_THE_FILE = both("检查文件", "check the file")
WARNING_OF_A_FIELD = Template("提醒 warning: {field}: {rule}")
KNOWN_BOARDS = template("可用", "known: {boards}")
THERE_IS_SUCH_A_RECORD_ALREADY = both("已有这条记录", "there is such a record already")

# lab
START = both("启动", "start")
STOP_AND_CLEAN_UP = both("停止并清除", "stop and clean up")
ALL_THAT_A_PHONE_NEEDS = both("注册话机所需的一切", "all that a phone needs")
SEVERAL_CAN_RUN_SIDE_BY_SIDE = both("可同时运行多个", "several can run side by side")
RING_TIME_OF_THE_STATIC_PLAN = both("静态方案的振铃秒数", "ring time of the static plan")
TIME_THAT_FREE_SEATS_COUNT = both("无网关多久后不再看空闲坐席", "how long free seats count without a gateway")
TARGET_THAT_LEAVES_SOONER = both("接通后多快离开算中断", "a target that leaves sooner was cut off")
SEAT_THAT_LEAVES_SOONER = both("转接失败后坐席多快离开算未看到", "a seat that leaves sooner has not read")
RULES_FILE_DEFAULT = both("规则文件", "rules file (default: the shipped one)")
COMPILED_HERE_WITHOUT_THE_PATCH = both(
    "不带补丁自行构建的、Debian 的、本机的",
    "compiled here without the patch, Debian's, this machine's (default: ONEKEY_ASTERISK, else the machine's if it will do, else Debian's)",
)
TLS_AND_SRTP_FOR_PHONES = both("话机和中继用 TLS 和 SRTP", "TLS and SRTP for phones and trunk")
AMI_REPORTS_DIGITS = both("AMI 报告按键（仅测量用）", "AMI reports digits")
RESTART_ONE_SWITCHBOARD = both("重启一台总机，练习故障", "restart one switchboard, to practise failures")
WITH_NO_GOODBYE = both("不告而别（kill -9）", "with no goodbye")
STOP = both("只停止", "stop only")
ONE_COMMAND_ON_A_SWITCHBOARDS_CONSOLE = both("在一台总机的控制台执行一条命令", "one command on a switchboard's console")
FETCH_A_SET_OF_DEBIAN_PACKAGES = both("取得一组 Debian 软件", "fetch a set of Debian packages, print where it is")
ASTERISK_WITHOUT_THE_PATCH = both(
    "不带补丁的 Asterisk，做成软件包", "an Asterisk without the patch, as a package for a site"
)
WHERE_THE_PACKAGE_IS_WRITTEN = both("软件包写到哪里", "where the package is written")
STOPPED_NOTHING_IS_LEFT = both("已停止并清除", "stopped, nothing is left")
NOTHING_WAS_UP = both("没有在运行", "nothing was up")
STOPPED = both("已停止", "stopped")
RESTARTED = both("已重启", "restarted")

# main
TWO_SWITCHBOARD_LAB = both("两台总机的实验环境", "the two-switchboard lab")
RUN_THE_GATEWAY = both("运行网关", "run the gateway")
FIND_WHAT_IS_WRONG_BEFORE = both("来电之前先找出配置问题", "find what is wrong before a call does")
TRANSFER_RULES = both("转接规则", "transfer rules")
THE_DIALPLAN = both("拨号方案", "the dialplan")
PROMPTS = both("提示音", "prompts")
REPORTS = both("报表", "reports")
BRING_IN_LOGS_OF_ANOTHER_SYSTEM = both("导入其他系统的坐席和队列日志", "bring in logs of another system, for reports")
REPLAY_A_TAPE_AND_COMPARE = both("重放事件记录，核对每个决定", "replay a tape and compare each decision")
TOKENS_OF_THE_API = both("接口令牌", "tokens of the API")
AUDIT_LOG = both("审计日志", "the audit log")
ONE_MATTER_OVER_ALL_CALLS = both("一件事的全过程", "one matter over all calls and transfers")
EXPORT_IN_BULK = both("批量导出", "export in bulk")
REMOVE_WHAT_IS_PAST_ITS_TIME = both("按类别清理过期记录", "remove what is past its time, by class")
WORK_ORDER_FORM = both("工单（警单）表单", "the work-order form")
NENA_EIDO = "NENA EIDO（docs/eido.md）"
PLAY_THE_STORIES = both("演示全部场景", "play the stories")
ERROR = Template("错误 error: {error}")
CHECK_PATH = both("检查路径、权限和磁盘", "check path, rights and disk")
ERROR_OF_A_FILE = Template("错误 error: {what}\n    {filename}\n    → {remedy}")
ONE_KEY_TRANSFER_GATEWAY = both("12345 与 110 一键转接网关", "one-key transfer gateway")

# options
ATTACH_TO_A_LAB = both("接入实验环境", "attach to a lab")
SITES_CONFIGURATION = both("站点配置", "a site's configuration")

# prompts
SPEAK_THE_PROMPTS_INTO_WAV_FILES = both("把提示文字合成为 wav", "speak the prompts into wav files")
FILES_THAT_ARE_THERE_ARE_KEPT = both("已有的同名文件保留", "files that are there are kept")
COUNT_OF_PROMPTS = template("{folder}: {count} 个提示音", "prompts")

# records
CALLERS_NUMBER = both("来电号码", "the caller's number")
ITS_END = both("号码末几位", "its end")
CODE_OF_THE_MATTER = both("事项代码", "code of the matter")
DIVISION_CODE = both("区划代码", "division code")
SEAT = both("坐席", "seat")
NUMBER_OF_A_WORK_ORDER = both("工单号或警单号", "number of a work order or police order")
WORDS_TWO_CHARACTERS_WILL = both("文字，可两字", "words, two characters will do")
SWITCHBOARD_THAT_IT_WAS_GIVEN = both("涉及的总机", "a switchboard that it was given to")
MAKE_ONE = both("新建，只显示一次", "make one; it is shown once")
WHO_HOLDS = both("给谁用", "who holds it")
SCOPES_MAY_BE_REPEATED = both("read full edit transfer supervise admin；可重复", "repeat")
OF_THIS_SWITCHBOARD = both("只限此总机", "of this switchboard only")
OF_THIS_SEAT = both("只限此坐席", "of this seat only")
LIST_THEM = both("列出", "list them")
REVOKE_ONE = both("吊销", "revoke one")
FIND_WHAT_WAS_REMOVED_OR_ALTERED = both("核对：有无删改", "find what was removed or altered")
FOR_PROGRAMS = both("JSON，供程序读取", "JSON, for programs")
LANGUAGE_OF_LINES = both("语言", "language")
TRANSFERS_ID_OR_A_CONTEXTS = both("转接号或来电信息号", "a transfer's id or a context's")
CALL_CONTEXTS = both("来电信息", "call contexts")
UNMASKED_NEEDS_PURPOSE = both("号码不掩码，须注明用途", "unmasked, needs --purpose")
WRITTEN_TO_THE_AUDIT_LOG = both("写入审计日志", "written to the audit log")
ONLY_SAY_WHAT_WOULD_GO = both("只列出", "only say what would go")
HAS_CHARACTERS_THAT_CANNOT_BE_SHOWN = both(
    "有不能显示的字符；终端须用 UTF-8", "has characters that cannot be shown: the terminal must write UTF-8"
)
NO_SUCH_RECORD = template("没有这条记录", "no such record: {id}")
CHECK_THE_ID = both("核对编号", "check the id")
KNOWN_SCOPES = template("可用", "known: {scopes}")
SHOWN_THIS_ONCE = both("只显示这一次", "shown this once:")
REVOKED = "已吊销 revoked"
TOKEN_HEADS = ("编号 id", "名称 name", "总机/坐席 whose", "权限 scopes", "状态 state")
UNTIL = Template("至 until {expires_at}")
NO_SUCH_TOKEN = template("没有这个令牌", "no such token: {id}")
REVOKED_TAKES_EFFECT_WITHIN = both("已吊销，两秒内生效", "revoked; takes effect within two seconds")
LINES_AND_PROBLEMS = Template("{lines} 行 lines, {problems} 处问题 problems")
FULL_NEEDS_A_PURPOSE = both("--full 须注明 --purpose", "--full needs a --purpose")
WHAT_IT_IS_FOR = both("--purpose 用途", "what it is for")
OF_MORE_THAN_TAIL_SHOWN_MAX_DIGITS = template(
    "--tail 超过 {tail_shown_max} 位须 --full", "of more than {tail_shown_max} digits it needs --full"
)
COUNT_OF_CONTEXTS = Template("{output}: {count} 条 contexts")

# replay
OF_SEVERAL_DAYS = both("跨日的按先后列出", "of several days, oldest first")
DIFFERENCES = Template("不同 differences: {different_count}")

# reports
WHO_DID_WHAT_FOR_HOW_LONG = both("谁做了什么、多久", "who did what for how long")
OFFERED_ANSWERED_WAITS = both("呼入、接通、等待", "offered, answered, waits")
TRANSFERS_AND_OUTCOMES = both("转接与结果", "transfers and outcomes")
SEATS_NEEDED = both("需要与在岗的坐席", "seats needed and there")
SEATS_NEEDED_IN_THE_NEXT_HOUR = both("下一小时需要的坐席", "seats needed in the next hour")
BY_THE_WEEKS_BEFORE = Pair("，按前几周同一时段", ", by the same half hours of earlier weeks")
BY_THE_LAST_HALF_HOUR = Pair("，按近半小时", ", by the last half hour")
DEFAULT_TODAY = both("ISO 8601，默认今天", "default: today")
DEFAULT_THE_DAYS_END = both("ISO 8601，默认该日结束或现在", "default: the day's end, or now")
BY_WHOM_IT_IS_COUNTED = both("按谁统计", "by whom it is counted: seat group queue switchboard matter target outcome …")
STEPS = both("步长", "steps")
LANGUAGE_OF_HEADINGS = both("表头的语言", "language of the headings")
ALL_COLUMNS = both("显示全部列，不按终端宽度取舍", "all columns, however wide the terminal")
TIME_ZONE = both("时区，默认为配置中的", "time zone; default: the configuration's")
FILE_FOR_SOME_FORMATS = both("文件（xlsx、parquet、png、svg 必需）", "file")
CHART_OF_STATES_OVER_TIME = both("坐席状态时间线图", "a chart of states over time")
FORMULA_AND_SOURCE_OF_EACH_COLUMN = both("每一列的公式和来源", "formula and source of each column")
DEFAULT_TODAY_OF_THE_LOG = both("ISO 8601，默认今天（逐段时最早）", "default: today (of the log: the beginning)")
EVERY_INTERVAL = both("逐段列出", "every interval")
LOG_FOR_PROGRAMS = both("日志，供程序读取", "the log, for programs")
NEEDS_A_FILE = template("{format} 需要文件名", "needs a file")
WARNING_TOO_FEW_SEATS = template(
    "警告：{short_count} 段坐席不足，最多缺 {short:.0f}（{when}{zh}）",
    "warning: too few seats in {short_count} steps, at most {short:.0f} ({when}{en})",
)
NO_MATPLOTLIB = both("没有 matplotlib，画不了图", "no matplotlib, no charts")
NO_FONT_WITH_CHINESE = template(
    "没有中文字体，PNG 用英文；可设 ONEKEY_FONT，或改用 --format svg",
    "no font with Chinese: a PNG is in English; set ONEKEY_FONT, or take --format svg{why}",
)
TIMELINE_NEEDS_A_FILE = both("时间线需要文件名", "a timeline needs a file")

# rules
CHECK_A_RULES_FILE = both("检查规则文件", "check a rules file")
WARNING_IS_AN_ERROR = both("提醒也算错误", "a warning is an error, too")
EXAMPLES_OF_THE_RULES = both("列出规则的例子及结果", "the examples of the rules, as a table")
JSON_SCHEMA_FOR_EDITORS = both("输出 JSON Schema，供编辑器使用", "JSON Schema for editors")
LOAD_OWN_SCOPE_CATALOGUES = both("载入自己的事项目录", "load own scope catalogues (CSV, XLSX)")
CODE_NAME_CLASS_LIST = both("CSV（UTF-8）或 XLSX：代码,名称,类别,目录", "code,name,class,list")
ADD_TO_ITS_CATALOGUE = both("加到已有目录，而不是替换", "add to its catalogue, do not replace it")
WRITE_THE_RULES_FILE = both("写入规则文件；默认只输出", "write the rules file; default: print")
WHOSE_LIMITS = both("取其限值", "whose limits")
WHICH_RULE_DECIDES = both("哪条规则决定，为何不是之前的", "which rule decides, and why none before it")
WHERE_THE_KEY_IS_PRESSED = both("按键的总机", "where the key is pressed")
DEFAULT_THE_OTHER_SWITCHBOARD = both("按键指的目标，默认对方平台", "default: the other switchboard")
LOCAL_DEFAULT_UNKNOWN = both("当地时刻，如 2026-11-24T10:30；默认未知", "local; default: unknown")
FREE_SEATS = both("空闲坐席", "free seats, e.g. 110=3")
CALLERS_WHO_WAIT = both("等待人数", "callers who wait")
SECONDS_EXPECTED = both("预计等待秒数", "seconds expected")
LABS_SEATS_AND_WAITS_NOW = both("用实验环境现在的坐席和等待", "a lab's seats and waits now")
SITES_SEATS_AND_WAITS_NOW = both("用站点现在的坐席和等待", "a site's seats and waits now")
WHAT_ANOTHER_RULES_FILE_CHANGES = both("新规则改变什么", "what another rules file changes")
ALSO_RECORDED_TRANSFERS = both("并重算这些天的转接", "also recorded transfers")
WHOSE_RECORDS = both("取其记录", "whose records")
DEFAULT_THE_SHIPPED_RULES = both("默认为自带的规则文件", "default: the shipped rules file")
COUNTS_OF_RULES = Template("{targets} 个目标 targets, {rules} 条规则 rules, {matters} 个事项 matters")
COUNT_OF_WARNINGS = Template(", {warnings} 个提醒 warnings")
RULES_ARE_CORRECT = template("{path}: 正确", "correct: {counts}{odd}")
TARGET_IS_MISSING = both("--target 缺少", "is missing")
EXAMPLE_OF_AN_OPTION = template("--{option} {pair}: 例如", "e.g. 110=3")
EXAMPLE_OF_AT = template("--at {at}: 例如", "e.g. 2026-11-24T10:30")
NO_GATEWAY_ANSWERS = template("网关没有回答，空闲坐席未知", "no gateway answers, free seats are unknown: {error}")
REPLAY_NEEDS_LAB_OR_CONFIG = both("--replay 需要 --lab 或 --config", "--replay needs --lab or --config")
RECORDED_TRANSFERS = template("\n已记录的转接", "recorded transfers ({replay} d):")
ROWS_THAT_FIT = Template("{fitted} 行符合 rows fit, {problems} 行不符合 do not, {lists} 个目录 lists")

# run
LOG_FILE = both("日志文件（默认输出到终端）", "log file (default: the terminal)")
GATEWAY_RUNS = Template("网关已启动 / the gateway runs: {name}  {address}  (Ctrl-C 停止 / stops it)")

# site
INSTALL_BESIDE_AN_ASTERISK = both("安装到现有的 Asterisk", "install beside an Asterisk that is there")
EVERYTHING_THAT_A_SITE_NEEDS = both("由站点自己的名称生成全部配置", "everything that a site needs, from its own names")
WHAT_A_SITE_LACKS = both("站点的配置还缺什么", "what the site's files lack")
LAY_BESIDE = both(
    "复制生成的文件并加上 #include，原文件留备份",
    "lay the files beside the site's own, add the lines that include them",
)
FOLDER_OF_THE_SITE = both("如", "e.g. /etc/onekey")
INSTEAD_OF_QUESTIONS = both("照此填写，不提问（site.example.toml）", "instead of questions (site.example.toml)")
PROMPTS_OF_YOUR_OWN = both("自行录制的提示音（wav）", "prompts of your own recording (wav)")
NO_ANSWERS = both("没有 site.toml，而这里没有终端可以提问", "there is no site.toml, and no terminal at which to ask")
WRITE_ANSWERS = both(
    "复制 site.example.toml 修改后用 --answers 指定", "copy site.example.toml, change it and name it with --answers"
)

# imports
IN_THE_FORMAT_OF_DOCS_REPORTS = both(
    "Parquet 或 CSV 的目录，格式见 docs/reports.md；或 list、undo",
    "a folder of Parquet or CSV in the format of docs/reports.md; or list, undo (a folder of that name: ./list)",
)
NAME_TO_UNDO = both("undo 的名称", "the name to undo")
WHAT_THIS_IMPORT_IS_CALLED = both("这批数据的名称，同名的被替换", "the import's name; one of that name is replaced")
ONE_WORD_TOO_MANY = template("多余的词：{word}", "one word too many: {word}")
NAME_IS_NEEDED = both("须注明 --name", "--name is needed")
NAME_TO_UNDO_IS_NEEDED = both("须注明名称", "a name is needed")
IMPORTED = both("已导入", "imported: ")
NOTHING_WAS_IMPORTED = both("没有导入过", "nothing has been imported")
IMPORTED_AT = template("，导入于", "imported at {at}")
TAKEN_OUT = template("已撤销", "taken out: {name}: {rows}")

# records
DAYS_OF_A_TOKEN = template("有效天数，1 至 {most}，默认直到吊销", "days, 1 to {most}; default: until it is revoked")
NOT_DAYS = template(
    "{word!r}：应为 1 至 {most} 的整数；不写则直到吊销", "a whole number of 1 to {most}; left out: until it is revoked"
)
IN_THE_SITES_ZONE = both("ISO 8601，无时区时按站点时区", "in the site's zone where it names none")

# clock
RECORDS_OF_A_WRONG_CLOCK = both("找出并修复时钟错误时写下的记录", "find records of a wrong clock, and put them right")
PUT_RECORDS_RIGHT = both("修复；默认只列出", "put them right; default: only show them")
CLOCK_OF_REDIS = both("Redis 中的记录不能这样修复", "records on a Redis server cannot be put right this way")
CLOCK_OF_REDIS_REMEDY = both("把备份放回", "put the backup back")
RECORDS_AHEAD = template("{table}：{count} 条记录在将来，最远 {at}", "{count} records lie ahead, up to {at}")
NO_RECORDS_AHEAD = both("没有在将来的记录", "no record lies ahead")
RECORDS_PUT_RIGHT = both(
    "已修复：坐席和队列的这段时间记为缺口（clock）", "put right: a gap (clock) stands for that time of seats and queues"
)
HOW_TO_PUT_RIGHT = both("停止网关后运行 onekey clock --write", "stop the gateway, then run onekey clock --write")
