"""Texts for people of ``doctor.working``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Template, both, template

# own_queues
OWN_QUEUE_LACKS = template(
    "[{context}] {exten} 的 Queue({queue}) 缺 {lacks}：按键找不到来电人，或坐席挂机后来电人没有人接",
    "Queue({queue}) in [{context}] {exten} lacks it: a key does not find its caller, or nobody takes him when the seat hangs up",
)
WRITE_THESE_STEPS = template("写成（然后 dialplan reload）：\n{lines}", "write it so, then dialplan reload")
NOBODY_CALLS_THE_QUEUE = template(
    "extensions.conf 里没有进入队列 {queue} 的 Queue()，无从核对",
    "no Queue() in extensions.conf leads into queue {queue}: how its callers come in could not be checked",
)
LOOK_AT_ITS_OWN_STEPS = both(
    "若在 AEL、Lua 或数据库里，照 docs/install.md 写同样四步，再用 onekey doctor --call 试打",
    "where it is written in AEL, Lua or a database: the same four steps, see docs/install.md; then onekey doctor --call",
)

# trunks
TRUNK_ARRIVES_ELSEWHERE = template(
    "到 {peer} 的中继 {trunk} 呼入 [{context}]：对方的按键、来电信息到不了",
    "calls over {trunk} from {peer} arrive in [{context}], which understands neither its keys nor its records",
)
SET_ITS_CONTEXT = template(
    "pjsip.conf 的 [{name}]：context = {context}（或在该 context 里 include => {context}）",
    "in [{name}], or include it in that context",
)

TRUNK_IS_NOT_NAMED = template(
    "中继 {trunk} 的 ONEKEY_TRUNK 是 {said}，不是 {peer}：对方的按键被当作陌生人拒绝",
    "ONEKEY_TRUNK of {trunk} does not name {peer}: its keys are refused as a stranger's",
)

# seats
SEATS_WITHOUT_A_NAME = template(
    "坐席没有 ONEKEY_SEAT：结果、提示和收回都找不到它：{names}",
    "seats without ONEKEY_SEAT, by which words and callers come back to them",
)
SEATS_OF_ANOTHER_NAME = template(
    "坐席的 ONEKEY_SEAT 与账号不同：{names}", "ONEKEY_SEAT of these seats is not the endpoint's own name"
)
DIRECT_MEDIA = template(
    "direct_media 没有关：按键和第三方听不到：{names}",
    "direct_media is on: audio goes past Asterisk, and with it keys and the third party",
)
KEYS_UNHEARD = template(
    "dtmf_mode 是带内音或没有：按键认不出：{names}",
    "dtmf_mode sends digits inside the voice, or none: no key is read",
)
SEATS_IN_NO_QUEUE = template(
    "坐席不在任何队列里，没有来电：{names}", "seats in no queue: nobody is put through to them"
)
ADD_MEMBER = template(
    "queues.conf 的 [{queue}] 加 member => PJSIP/{name},0,{name},PJSIP/{name}（签入的坐席写进 onekey.toml 的 seats）",
    "add that member; seats that log in by themselves stand in `seats` of onekey.toml",
)
PHONES_IN_A_DATABASE = template(
    "话机账号在数据库里（{file}），文件里看不到：坐席变量、direct_media、dtmf_mode 只核对了运行中能看到的",
    "endpoints are in a database ({file}): their lines were not seen in files, only what the running Asterisk tells",
)
SEE_THEIR_LINES = both(
    "在数据库里核对 set_var 四行（DYNAMIC_FEATURES、ONEKEY_SEAT、TRANSFER_CONTEXT、FORWARD_CONTEXT），用 onekey doctor --call 试打",
    "look at the four set_var of each seat there, and try a call: onekey doctor --call",
)
ADD_LINE = template("pjsip.conf 里加 {line}", "add that line")
ADD_LINE_TO = template("pjsip.conf 的 [{name}] 加 {line}（每个坐席写自己的）", "add that line, to each seat its own")

# queues
RINGS_WHO_TALKS = both("ringinuse 没有关：正在通话的坐席也会振铃", "ringinuse is on: seats that talk are rung")
THROWS_CALLERS_OUT = template(
    "leavewhenempty = {value}：坐席一忙，等待的来电人就被赶出队列", "callers who wait are thrown out of the queue"
)
TURNS_CALLERS_AWAY = template(
    "joinempty = {value}：没有坐席时来电人进不了队列", "callers are turned away while no seat is there"
)
HOLDS_SO_MANY = template("maxlen = {value}：超过此数的来电人进不了队列", "callers beyond that are turned away")
QUEUES_NOT_IN_TOML = template(
    "{board} 的队列 {queues} 有坐席，但不在站点配置里：其来电和等待没有记录",
    "queues of {board} with seats that the site's file does not name: their calls and waits are not recorded",
)
WRITE_IN_SECTION = template("[{name}] 里写 {line}", "write that in [{name}]")

# feature_codes
FEATURE_COVERED = template(
    "Asterisk 的功能码 {code}（{name}）与按键同以 {sign} 开头，坐席按不到",
    "no seat reaches Asterisk's feature {name} by {code}: keys begin with {sign}",
)
FEATURE_SET_AT = Template("{name} {place}")
CHOOSE_ANOTHER_CODE = template("换成别的码，例如 {code}", "choose another code, such as {code}")

# switchboard
SYSTEMNAME = template(
    "systemname 是 {name}，不是 {board}：两台总机的通话编号分不开，按键回不到来电人所在的总机",
    "systemname is {name} and not {board}: calls of two switchboards have the same ids, and a key does not find its caller's home",
)
AND_RESTART = both("，再重启 Asterisk", "then restart Asterisk")
AND_RELOAD_MANAGER = both("，再执行 manager reload", "then run: manager reload")
QUEUE_IS_NOT_THERE = template("ONEKEY_QUEUE = {queue}：没有这个队列", "there is no such queue")
QUEUE_IS_NOT_OURS = template(
    "ONEKEY_QUEUE = {queue}，不是站点配置里 {board} 的队列", "is no queue of {board} in the site's file"
)
HERE_IS_WRONG = template(
    "ONEKEY_HERE 是 {value}，不是 {board}：按键用错方案，转接记到别处",
    "ONEKEY_HERE is {value} and not {board}: keys go by another switchboard's plan",
)
NO_QUEUE_NAMED = both(
    "没有 ONEKEY_QUEUE：没有人接的来电人无处可去", "no ONEKEY_QUEUE: a caller without a person goes nowhere"
)
NO_FIGURE = template("没有数字：{names}", "globals without a figure, with which the dialplan counts")
NO_SOUNDS = both("没有 ONEKEY_SOUNDS：坐席听不到提示", "no ONEKEY_SOUNDS: seats hear no prompt")
SOUNDS_FOLDER_MISSING = template("提示音目录 {folder} 不存在", "the folder of prompts is not there")
PROMPTS_MISSING = template("缺少提示音 {names}", "prompts are missing")
MAKE_PROMPTS = template("onekey prompts make {folder}，ONEKEY_SOUNDS = {folder}", "make them, and name the folder")
NO_ACCOUNT = template("没有账号 [{account}]", "there is no account [{account}]")
ADD_ACCOUNT = template(
    "从 asterisk-conf/both/manager.conf 取 [{account}]", "take it from asterisk-conf/both/manager.conf"
)
NO_TIMESTAMPS = both(
    "timestampevents 没有开：时刻只能按网关收到时计",
    "timestampevents is off: instants are those at which the gateway hears of them",
)
ACCOUNT_LACKS = template(
    "账号 {account} 的 {kind} 缺 {rights}",
    "account {account} lacks {rights} in {kind}: presses work and are not recorded, or fail",
)
MODULES_MISSING = template("没有加载 {names}：拨号方案不能运行", "not loaded: the dialplan does not run")

# running
LOADED_QUEUE_MISSING = template("运行中的 Asterisk 没有队列 {queues}", "the Asterisk that runs has no such queue")
RELOAD_QUEUES = both("在 queues.conf 里加上，再执行 queue reload all", "add it to queues.conf, then: queue reload all")
LOADED_MODULES_MISSING = template("运行中的 Asterisk 没有加载 {names}", "not loaded in the Asterisk that runs")
LOAD_MODULES = template("modules.conf：{lines}；控制台 module load …", "add these lines, and load them on the console")
NO_EVENTS = template(
    "AMI 账号收不到 {rights} 类事件：按键照常转接，但没有记录，坐席看不到结果",
    "the account is told no events of {rights}: keys work, and nothing of it is recorded or shown",
)
SET_READ = template("manager.conf 的 [{account}]：read = {rights}", "write that, then: manager reload")
CLOCK_DIFFERS = template(
    "Asterisk 的时钟与本机差 {seconds} 秒", "the clock of Asterisk and that of this machine differ by {seconds} s"
)
SET_CLOCKS = both("两台都开 NTP：timedatectl set-ntp true", "let both keep time by NTP")
SEAT_DIALS_ELSEWHERE = template(
    "坐席的 context 不通向 [{context}]：{names}",
    "seats that do not dial by that context: no consultation reaches a target",
)
LOADED_FEATURE_COVERED = template(
    "运行中的功能码 {code}（{name}）与按键同以 {sign} 开头，坐席按不到",
    "no seat reaches Asterisk's feature {name} by {code} as it runs: keys begin with {sign}",
)
RELOAD_FEATURES = template(
    "[featuremap] 里写 {name} = {code}，再执行 module reload features", "write that, then reload it"
)
MEMBERS_WITHOUT_A_PHONE = template("队列成员没有话机账号：{names}", "queue members without an endpoint")
ADD_PHONES = both(
    "在 pjsip.conf（或数据库）加上话机账号，或从队列删去", "add their endpoints, or take them out of the queue"
)
NOTHING_DIALS = template("目标 {target} 没有拨号", "there is nothing to dial for it")
DIALS_NOBODY = template("{name} = {dial}：没有账号 [{endpoint}]", "there is no such endpoint")
CHANGE_OR_ADD = template("改 {name}，或补上该账号", "change it, or add the endpoint")
FILE_NOT_LOADED = template(
    "文件里的 {name} = {written}，运行中是 {loaded}", "the file says {written}, what runs has {loaded}"
)
RELOAD_DIALPLAN = both("在控制台执行 dialplan reload", "run `dialplan reload` on its console")
