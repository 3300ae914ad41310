"""Texts for people of ``rules``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Template, both, template

# alphabets
DIVISION_CODE_HAS_6 = both("区划代码应为 6、9 或 12 位数字", "a division code has 6, 9 or 12 digits")
EXAMPLE_DIVISION = both("例如", 'e.g. "120101"')
TARGET_ID_HAS_LETTERS = both("目标编号只能用字母和数字", "a target id has letters and digits only")
EXAMPLE_TARGET_ID = both("例如", 'e.g. "110"')
MATTER_CODE_HAS_ASCII_LETTERS = both(
    "事项代码只能用英文字母、数字、- 和 _，用点分级，最多 6 级",
    "a matter code has ASCII letters, digits, - and _, dots between at most 6 levels",
)
EXAMPLE_CODE = both("例如", "e.g. 12345.society.help")
NAME_HAS_NO_BLANKS = both("名称不能含空格和标点", "a name has no blanks and punctuation")
EXAMPLE_WORD = both("例如", "e.g. 12345_to_110")
DIAL_STRING_IS_PJSIP_NUMBER = both(
    "拨号串应为 PJSIP/号码@中继 或 Local/s@onekey-queue/nm",
    "a dial string is PJSIP/number@trunk or Local/s@onekey-queue/nm",
)
EXAMPLE_DIAL = both("例如", "e.g. PJSIP/119@trunk-119")
TIME_IS_HOURS = both("时间应写成 时:分", "a time is hours:minutes")
EXAMPLE_TIME = both("例如", 'e.g. "08:30"')
DAYS_ARE_1_TO_7 = both("星期应为 1 到 7（周一为 1）", "days are 1 to 7, Monday is 1")
EXAMPLE_DAYS = both("例如", 'e.g. "1-5"')
INSTANT_IS_WRITTEN_LIKE = both("时刻应写成 年-月-日T时:分", "an instant is written like this")
DATE_IS_WRITTEN_YEAR_MONTH = both("日期应写成 年-月-日", "a date is written year-month-day")
EXAMPLE_DATE = both("例如", "e.g. 2026-12-31")
LANGUAGE_IS_A_CODE = both("语言应为小写代码", "a language is a code in small letters")
EXAMPLE_LANGUAGE = both("例如", "e.g. zh, en, yue")
NUMBER_HAS_DIGITS = both("号码只能是数字", "a number has digits only")
EXAMPLE_NUMBER = both("例如", 'e.g. "13800000001"')
ALPHABET_OF_A_TAG = both(
    '标签不能含 ^ ( ) , " & | $ ; \\ 且最长 40 字', 'a tag has no ^ ( ) , " & | $ ; \\ and at most 40 characters'
)
USE_OTHER_CHARACTERS = both("换掉这些字符", "use other characters")
ALPHABET_OF_A_REASON = both(
    '说明不能含 ^ ( ) " & | $ ; \\ { } 且最长 80 字', 'a reason has no ^ ( ) " & | $ ; \\ { } and at most 80 characters'
)

# checks
NEVER_REACHED = template("规则永远用不到：“{name}”已全部包含", "never reached: {name} covers all of it")
MOVE_IT_UP = both("移到它前面，或删去", "move it up, or remove it")
NO_KEY_AND_NO_RULE_NAMES = template("没有按键或规则用到目标 {id}", "no key and no rule names the target {id}")
REMOVE_IT_OR_GIVE = both("删去，或写一个按键", "remove it, or give it a key")
EXAMPLE_FAILS = template("例子不成立：由“{name}”决定", "the example fails: {name} decides")
CHANGE_THE_EXAMPLE = template("改例子、条件或顺序", "change the example, the conditions or the order{asked}")
EXAMPLE_FAILS_THE_RULE = both("例子不成立：规则不转接", "the example fails: the rule refuses")
REMOVE_RINGS_AND_MODE = both("删去 rings 和 mode", "remove rings and mode")
EXAMPLE_FAILS_IT_RINGS = template("例子不成立：呼叫 {shown}", "the example fails: it rings {shown}")
CHANGE_RINGS_OR_LADDER = both("改 rings 或 ladder", "change rings or ladder")
EXAMPLE_FAILS_THE_MODE = template("例子不成立：方式是 {mode}", "the example fails: the mode is {mode}")
CHANGE_ONE = both("改一个", "change one")

# explain
REFUSED = Template("不转接 refused: {zh}{beside}")
NO_EXAMPLE = both("  – 没有例子", "no example")
COUNT_OF_EXAMPLES = Template("{examples} 个例子 examples, {rules} 条规则 rules")
KNOWN = Template("已知 known: {facts_text}")
PLAN = Template("方案 plan: {text}")
UNKNOWN_FITS_NOTHING = template("{unknown}：不知道的不符合任何条件", "{unknown}: what is not known fits no condition")
FREE_SEATS_UNKNOWN = "空闲坐席未知 free seats unknown"
FREE_SEATS = Template("空闲坐席 free seats {free}")
PASSED_OVER = template("{seats}; 有下一级时跳过 passed over if there is another: {zh}", "{en}")
RINGS = Template("{seats}; 振铃 rings {ring_s} s")
COMPARED = Template("比较 compared: {compared}{share}; 不同 different: {total}")

# file
BYTE_START_IS_NOT_UTF_8 = template("第 {start} 字节不是 UTF-8", "byte {start} is not UTF-8")
SAVE_THE_FILE_AS_UTF_8 = both("用 UTF-8 保存（不是 GBK）", "save the file as UTF-8 (not GBK)")
CANNOT_READ_THE_FILE = template("读不到文件：{strerror}", "cannot read the file: {strerror}")
CHECK_PATH_AND_RIGHTS = both("检查路径和权限", "check path and rights")
FILE_IS_TOO_LARGE = both("文件过大", "the file is too large")
AT_MOST_SIZE_MAX_BYTES = template("最多 {size_max} 字节", "at most {size_max} bytes")
MORE_THAN_PROBLEMS_MAX_ERRORS = template(
    "错误超过 {problems_max} 个，其余未列出", "more than {problems_max} errors, the rest is not shown"
)
IS_THIS_A_RULES_FILE = both("这是规则文件吗？", "is this a rules file?")

# reload
KEYS_HAVE_CHANGED = both(
    "按键变了：用 onekey dialplan keys 重新生成 features.conf，再在 Asterisk 控制台执行 module reload features",
    "keys have changed: render features.conf with `onekey dialplan keys`, then `module reload features` on the Asterisk console",
)

# schema
UNKNOWN_TARGET = both("未知的目标", "unknown target")
UNKNOWN_SWITCHBOARD = both("未知的总机", "unknown switchboard")
UNKNOWN_MODE = both("未知的转接方式", "unknown mode")
UNKNOWN_MATTER = both("未知的事项", "unknown matter")
UNKNOWN_CLASS = both("未知的事项类别", "unknown class")
UNKNOWN_URGENCY = both("未知的紧急程度", "unknown urgency")
UNKNOWN_LIST_OF_CALLERS = both("未知的来电名单", "unknown list of callers")
EXPECTED_YES_OR_NO = both("应为 yes 或 no", "expected yes or no")
UNKNOWN_DIVISION_CODE = both("未知的区划代码", "unknown division code")
UNKNOWN_TARGET_PART = template("未知的目标", "unknown target: {part}")
LIST_IS_EMPTY = both("列表是空的", "the list is empty")
WRITE_A_VALUE = both("写上值，或删去", "write a value, or leave it out")
DAYS_OF_THE_WEEK = both("星期，周一为 1；不写为每天", "days of the week, Monday is 1; left out: every day")
HOURS_FROM = both("开始", "from")
HOURS_UNTIL = both("到（不含）", "until")
NO_HOURS_ARE_NAMED = both("时段是空的", "no hours are named")
NAME_HOURS = both("写上时段，或删去", "name hours, or leave them out")
NAME_FOR_PEOPLE = both("名称", "name for people")
NAME_OR_CODE_OF_THE_ORGANISATION = both("单位名称或代码", "name or code of the organisation")
ITS_DIVISION = both("所属区划（GB/T 2260）", "its division")
UNKNOWN_KIND = both("未知的类型", "unknown kind")
ATTACHED_WE_SEE = both(
    "attached：已接入、看得到坐席；trunk：只能拨打", "attached: we see its seats; trunk: it can only be dialled"
)
ITS_QUEUES = both("它的队列", "its queues")
WHAT_IS_DIALLED = both("拨号串，或按总机分别写", "what is dialled, or that by switchboard")
WHEN_IT_IS_OPEN = both("服务时间，不写为全天；之外跳过", "when it is open; a ladder passes it over at other times")
FREE_SEATS_KEPT_FOR_ITS_OWN = both("留给其来电人的空闲坐席数", "free seats kept for its own callers")
IT_SEES_NUMBERS_THAT_CALLERS_WANT = both(
    "来电人要求保密时仍可见号码", "it sees numbers that callers want kept confidential"
)
IT_READS_THE_WHOLE_PLACE = both("可见完整地点和坐标", "it reads the whole place and its coordinates")
THERE_IS_NO_TARGET = both("没有目标", "there is no target")
WRITE_AT_LEAST_ONE_TARGET = both("至少写一个目标", "write at least one target")
NAME = both("名称", "name")
ITS_CLASS = both("类别，下级同此", "its class, and that of all below it")
MATTERS_CODE_AND_NAME = both("事项：代码与名称，点表示上下级", "matters: code and name; dots make the tree")
LISTS_OF_MATTERS = both(
    "目录，如 12345_to_110；包含下级", "lists of matters, such as 12345_to_110; those below are included"
)
CALLERS_NUMBER = both("来电号码", "the caller's number")
WHY = both("原因", "why")
LAST_DAY = both("有效到（含）", "the last day on which it counts")
KEY_HAS_0_9 = both("按键只能用 0-9 * # A-D", "a key has 0-9 * # A-D only")
EXAMPLE_KEY = both("例如", 'e.g. "*1"')
UNKNOWN_ACTION_OF_A_KEY = both("未知的按键动作", "unknown action of a key")
TO_WHOM = both("转给谁", "to whom")
THE_MODE = both("转接方式，先于规则", "the mode, before that of the rule")
SWITCHBOARD_AT_WHICH_THE_KEY = both("按键的总机", "the switchboard at which the key is pressed")
TARGET_THAT_THE_KEY_MEANS = both("按键指的目标", "the target that the key means")
MATTER_CODES = both("事项代码（含下级）或目录名", "matter codes, with all below, or lists of them")
CLASS_OF_THE_MATTER = both("事项类别", "class of the matter")
URGENCY = both("紧急程度", "urgency")
DIVISION_A_CITYS_CODE = both("区划（市含其区县）", "division; a city's code covers its districts")
HOURS = both("时段", "hours")
CALLERS_LANGUAGE = both("来电人的语言", "the caller's language")
TARGET_HAS_FEWER_FREE_SEATS = both("目标的空闲坐席少于", "the target has fewer free seats than")
AT_LEAST_SO_MANY_CALLERS_WAIT = both("目标至少有几人在等待", "at least so many callers wait at the target")
CALLER_IS_EXPECTED_TO_WAIT = both(
    "目标的预计等待至少几秒", "a caller is expected to wait there at least so many seconds"
)
CALLER_IS_ON_A_LIST = both("来电人在名单上", "the caller is on a list")
WHO_IS_RUNG = both("呼叫谁", "who is rung")
WHO_IS_RUNG_AT_THE_SAME = both("同时呼叫", "who is rung at the same time")
SECONDS_OF_RINGING = both("振铃秒数", "seconds of ringing")
LADDER_IS_EMPTY = both("振铃顺序是空的", "the ladder is empty")
NAME_A_TARGET = both("写上目标，或删去 ladder", "name a target, or leave `ladder` out")
MODE_DEFAULT = both("转接方式，默认 warm", "the mode; default warm")
WHO_IS_RUNG_IN_ORDER = both("依次呼叫；默认呼叫所按目标", "who is rung in order; default: the target of the key")
PREFIX_OF_THE_CALLERS_NAME = both("对方来电显示的前缀", "prefix of the caller's name on the far phone")
SECONDS_TO_ACCEPT_AFTER_ANSWERING = both("摘机后须确认接受的秒数", "seconds to accept after answering")
SECONDS_OF_A_CONSULTATION = both("协商秒数，到时首接负责", "seconds of a consultation")
SECONDS_OF_THREE_PARTIES_UNTIL = both("三方通话多少秒后释放坐席", "seconds of three parties until the seat is released")
NOBODY_ANSWERS = both(
    "都未接时：seat 由坐席继续（默认），或最后呼叫的值班目标",
    "nobody answers: the seat goes on, or a last target is rung",
)
UNKNOWN_PROMPT = both("未知的提示音", "unknown prompt")
PROMPTS_FOR_THE_SEAT = both("坐席听到的提示音：on、off 或名称", "prompts for the seat")
TRANSFERS_OF_THIS_RULE = both("此规则每分钟最多转接", "transfers of this rule in a minute")
INSTEAD_OF_THE_TARGETS_HOLD_BACK = both("代替目标的 hold_back", "instead of the target's hold_back")
TWO_PARTS = both("一分为二：本方部分不移交", "two parts: ours stays with us")
NO_TRANSFER = both("不转接，坐席看到的说明", "no transfer; what the seat reads")
PRESSED = both("按键的总机", "pressed at")
KEYS_TARGET = both("按键指的目标", "the key's target")
MATTER = both("事项", "matter")
DIVISION = both("区划", "division")
LANGUAGE = both("语言", "language")
LISTS_THAT_THE_CALLER = both("来电人所在名单", "lists that the caller is on")
LOCAL_TIME = both("当地时刻", "local time")
FREE_SEATS_OF_THE_TARGET = both("目标的空闲坐席", "free seats of the target")
CALLERS_WHO_WAIT_AT_THE_TARGET = both("目标的等待人数", "callers who wait at the target")
WAIT_EXPECTED_AT_THE_TARGET = both("目标的预计等待秒数", "the wait expected at the target, seconds")
WHO_MUST_BE_RUNG = both("应依次呼叫", "who must be rung, in order")
WANTED_MODE = both("应有的转接方式", "the mode that it must have")
NAME_OF_THE_RULE = both("规则名", "name")
RULE_HAS_NO_NAME = both("规则没有名字", "the rule has no name")
ADD_NAME = both("加上 name:", "add name:")
CONDITIONS_ALL = both(
    "条件，须全部符合；不知道的不符合", "conditions, all of which must fit; what is not known does not"
)
WHAT_IS_DONE = both("怎么办", "what is done")
RULE_HAS_NO_THEN = both("规则缺少 then", "the rule has no `then`")
ADD_THEN = both("加上 then:", "add then:")
PRESSES_THAT_THIS_RULE_MUST_DECIDE = both("必须由本规则决定的例子", "presses that this rule must decide")
VERSION_OF_THE_FORMAT = both("格式版本", "version of the format")
DIVISION_CODES_AND_NAMES = both("区划代码与名称", "division codes and names")
WHAT_CAN_BE_RUNG = both("能被呼叫的目标", "what can be rung")
SCOPE_CATALOGUES = both("受理范围目录", "scope catalogues")
LISTS_OF_CALLERS = both("来电人名单", "lists of callers")
KEYS_OF_A_SEATS_PHONE = both("坐席按键", "keys of a seat's phone")
THERE_IS_NO_RULE = both("没有规则", "there is no rule")
WRITE_AT_LEAST_A_DEFAULT_RULE = both("至少写一条默认规则", "write at least a default rule")
RULES_THE_FIRST = both("规则，第一条符合的生效", "rules; the first that fits decides")

# values
UNKNOWN_SWITCHBOARD_IN_DIAL = template("未知的总机：{switchboard}", "unknown switchboard: {switchboard}")
WRITE_THE_ID_OF_A_TARGET = both("写目标编号", "write the id of a target")
ONE_KEY_BEGINS_WITH_ANOTHER = template(
    "按键 {code} 与 {longer} 一个是另一个的开头", "of the keys {code} and {longer} one begins with the other"
)
CHANGE_ONE_OR_THE_SHORTER = both(
    "换一个，否则短的要等一秒", "change one, or the shorter has to wait for a second digit"
)
MATTER_ABOVE_IS_MISSING = template(
    "事项 {code} 的上级 {above} 不在目录中", "{above}, which is above the matter {code}, is not in the catalogue"
)
WRITE_ABOVE_FIRST = template("先写 {above}", "write {above} first")
LIST_AND_A_MATTER = template("目录与事项同名：{name}", "a list and a matter are both called {name}")
RENAME_ONE = both("改一个", "rename one")
THERE_IS_NO_SUCH_DAY = both("没有这一天", "there is no such day")
TOO_MANY_RULES = template("规则过多（{items} 条）", "too many rules: {items}")
AT_MOST_RULES_MAX = template("最多 {rules_max} 条", "at most {rules_max}")
TWO_RULES_ARE_NAMED_NAME = template("规则重名：{name}", "two rules are named {name}")
RENAME_ONE_RULE = both("改一个名字", "rename one")
RULE_AFTER_THE_DEFAULT = template(
    "默认规则“{default}”之后的规则永远用不到", "a rule after the default ({default}) is never reached"
)
PUT_THE_DEFAULT_LAST = both("把默认规则放在最后", "put the default last")
END_WITH_A_RULE = both("最后加一条没有 when 的规则", "end with a rule without `when`")
THERE_IS_NO_DEFAULT_RULE = both("没有默认规则", "there is no default rule")
TARGET_END_STANDS_HERE_TWICE = template("目标重复：{end}", "the target {end} stands here twice")
NAME_ANOTHER_DUTY_TARGET = both("换一个值班目标", "name another duty target")
TARGET_STANDS_HERE_TWICE = template("目标重复：{target}", "the target {target} stands here twice")
REMOVE_ONE_OF_THEM = both("删去一个", "remove one of them")
LADDER_LEADS_BACK_TO_TARGET = template(
    "振铃顺序绕回按键的总机 {target}", "the ladder leads back to {target}, where the key is pressed"
)
CHANGE_FROM_OR_REMOVE = both("改 from 或删去它", "change `from`, or remove it")
TOO_MANY_TARGETS_AT_ONCE = template("同时振铃的目标过多", "too many targets at once: {also_count}")
AT_MOST_ALSO_MAX = template("最多 {also_max} 个", "at most {also_max}")
OTHER_MEANS_NOTHING_IN_A_RULE = template(
    "不转接的规则里 {other} 没有意义", "{other} means nothing in a rule that refuses"
)
REMOVE_OTHER = template("删去 {other}", "remove {other}")
NO_CALLER_OF_110_IS_REFUSED = both(
    "110 的来电人不得因在名单上而被拒绝转接", "no caller of 110 is refused a transfer for being on a list"
)
REMOVE_WORD = template('删去 {word}，或加 from: "12345"', 'remove {word}, or add from: "12345"')
RELEASE_IS_FOR_WARM = template("release 只用于 warm", "release is for warm only, not {mode}")
REMOVE_RELEASE = both("删去 release", "remove release")
THERE_IS_NO_SUCH_TIME = both("没有这个时刻", "there is no such time")
EXAMPLE_INSTANT = both("例如", "e.g. 2026-11-24T10:30")

# yaml_nodes
WHAT_A_FILE_NEEDS = both("至少需要 version、targets 和 rules", "it needs version, targets and rules")
NOT_VALID_YAML = template("不是有效的 YAML：{said}", "not valid YAML: {said}")
INDENT_WITH_SPACES = both(
    "缩进用空格，不用制表符；含 : # * 的值加引号", "indent with spaces, not tabs; quote values with : # *"
)
CHECK_THE_FILE = both("检查文件内容", "check the file")
FILE_IS_EMPTY = both("文件是空的", "the file is empty")
ANCHORS_ARE_NOT_SUPPORTED = both("不支持锚点和别名（& 和 *）", "anchors and aliases (& and *) are not supported")
QUOTE_A_KEY = both('按键请加引号："*1"', 'quote a key: "*1"')
NESTED_TOO_DEEPLY = both("嵌套过深", "nested too deeply")
DEPTH_MAX_LEVELS = template("最多 {depth_max} 层", "{depth_max} levels")

# yaml_shapes
EXPECTED_A_SINGLE_VALUE = both("这里应为一个值", "expected a single value")
CHECK_THE_INDENTATION = both("检查缩进", "check the indentation")
VALUE_IS_EMPTY = both("值是空的", "the value is empty")
QUOTE_A_VALUE = both('含 # 的值请加引号："#"', 'quote a value with #: "#"')
INVISIBLE_CHARACTER_U_ORD = template("值里有不可见字符 U+{ord:04X}", "invisible character U+{ord:04X} in a value")
REMOVE_IT_WRITE = both("删去它；值只写一行", "remove it; write a value in one line")
DID_YOU_MEAN_NEAR = template("是否想写 {near}", "did you mean {near}")
KNOWN_ONES = template("可用", "known: {shown}")
WITH_VALUE = template("{zh}：{value}", "{en}: {value}")
EXPECTED_LOW_TO_HIGH = template("{low} 到 {high} 的整数，而不是 {value}", "expected {low} to {high}")
NOT_IN_RANGE = Template("应为 {range}, not {value}")
WRITE_A_NUMBER = both("改成数字", "write a number")
WRITE_IT_DOWN_IN_THE_FILE = both("先在文件中写出", "write it down in the file first")
NAME_IS_MISSING = template("缺少 {name}", "{name} is missing")
ADD_THE_FIELD = template("加上 {name}:", "add {name}:")
CHECK_THE_INDENTATION_QUOTE = both("检查缩进；含 # 的键请加引号", 'check the indentation; quote a key with #: "#"')
EXPECTED_KEY = both("这里应为“键: 值”", "expected `key: value` pairs here")
DUPLICATE_KEY = template("键重复：{shown}", "duplicate key: {shown}")
UNKNOWN_KEY = template("未知的键：{shown}", "unknown key: {shown}")
EXPECTED_A_LIST = both("这里应为列表（- 开头）", "expected a list (lines with -)")

# catalogue_import
HEADING_FIRST = both("第一行写表头：代码,名称,类别,目录", "a heading first")
AT_MOST_CATALOGUE_ROWS_MAX_ROWS = template("最多 {catalogue_rows_max} 行", "at most {catalogue_rows_max} rows")
TOO_MANY_ROWS = both("行数过多", "too many rows")
ROW_ABOVE_IS_MISSING = template("上级 {above} 不在目录中", "{above}, which is above {code}, is not in the catalogue")
ADD_ABOVE = template("加上 {above}", "add {above}")
HEADING_HAS_NO_COLUMN_NAME = template("表头没有“{zh}”一列", "the heading has no column {name} ({zh})")
WRITE_CODE_NAME_CLASS = both("第一行写：代码,名称,类别,目录", "write: code,name,class,list")
CODE_IS_A_NUMBER = template(
    "代码 {code} 是数字单元格，末尾的 0 会丢失", "the code {code} is a number, which loses zeros at its end"
)
FORMAT_THE_COLUMN_AS_TEXT = both("把该列设为文本", "format the column as text")
WITH_CODE = template("{zh}：{code}", "{en}: {code}")
CODE_STANDS_IN_ROW_FOUND = template("代码重复：{code}（第 {found} 行）", "{code} stands in row {found}, too")
REMOVE_ONE = both("删去一个", "remove one")
NAME_HIDES = template("名称应为一行可见的文字：{hides}", "a name is one line of characters that show: {hides}")
NAME_IS_ONE_LINE = template("名称应为一行 1 至 {cell_max} 字", "a name is one line of 1 to {cell_max} characters")
REWRITE = both("改写", "rewrite it")
WITH_WORD = template("{zh}：{word}", "{en}: {word}")
CANNOT_READ_THE_FILE_SAID = template("读不到文件：{said}", "cannot read the file: {said}")
LINE_ROW_IS_NOT_UTF_8 = template("第 {row} 行不是 UTF-8，可能是 GBK", "line {row} is not UTF-8, probably GBK")
IN_EXCEL_SAVE_AS_CSV_UTF = both("在 Excel 中另存为“CSV UTF-8”", "in Excel save as “CSV UTF-8”")
NOT_A_VALID_CSV = template("不是有效的 CSV：{error}", "not a valid CSV: {error}")
EXPORT_IT_AGAIN = both("重新导出", "export it again")
FILES_OF_THIS_KIND = template("不支持 {suffix}", "files of this kind are not supported")
SAVE_AS_CSV_UTF = both("另存为 .csv（UTF-8）或 .xlsx", "save as .csv (UTF-8) or .xlsx")
NOT_A_VALID_XLSX = template("不是有效的 XLSX：{said}", "not a valid XLSX: {said}")
SAVE_IT_AGAIN = both("重新保存", "save it again")
AT_MOST_BYTES_MAX_BYTES_UNPACKED = template("展开后最多 {bytes_max} 字节", "at most {bytes_max} bytes unpacked")
SIZE_UNPACKED = template("展开后有 {size} 字节", "{size} bytes when it is unpacked")

# catalogue_import
A_FILE_WITHOUT_SUFFIX = "没有扩展名的文件"

# xlsx_list
SHEET_IS_NOT_READ = template("工作表“{sheet}”没有读取", "the sheet {sheet} is not read")
MOVE_ROWS_TO_THE_FIRST_SHEET = both(
    "移到第一张工作表，或另存为一个文件", "move its rows to the first sheet, or save it as a file of its own"
)
FORMULA_HAS_NO_VALUE = template("{cell} 是公式，文件中没有它的值", "{cell} is a formula without a value in the file")
SAVE_WITH_VALUES = both("在 Excel 中打开并保存，或粘贴为值", "open and save it in Excel, or paste it as a value")

# yaml_nodes: what looks right
WIDE_BLANK = template("缩进中有 {code}（{name}），不是空格", "{code} ({name}) in the indentation is no space")
REPLACE_BY_SPACES = both("换成半角空格", "replace it by spaces")
SECOND_DOCUMENT = both("有第二个文档（---）", "a second document begins here (---)")
ONE_DOCUMENT = both("一个文件一份规则：删去 --- 及其后", "one file holds one set of rules: remove --- and what follows")
