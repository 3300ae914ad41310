"""Texts for people of ``installing``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import both, template

# difference
TREE_IS_NOT_HERE = template("本机没有 {tree}，没有比较", "{tree} is not on this machine and was not compared")
COPY_TO_THE_MACHINE = template(
    "把 {folder}/onekey 复制到那台机器的 {tree}/，再在那里运行 onekey site diff",
    "copy {folder}/onekey to {tree}/ of that machine and run `onekey site diff` there",
)
FILES_DIFFER = template(
    "缺少 {count} 个文件，或与生成的不同：{shown}", "{count} files are missing, or not as they were written: {shown}"
)
LINE_IS_MISSING = both("末尾缺少一行", "a line is missing at its end")
QUEUE_LOSES_ITS_CALLERS = template(
    "队列 {queue} 的来电人没有登记，坐席挂机后也没有人接管",
    "callers of queue {queue} are not known to onekey, and nobody takes over when the seat hangs up",
)
INSTEAD_OF_THE_QUEUE = template("把 {was} 换成 {line}", "instead of {was} write {line}")
NOBODY_ENTERS_THE_QUEUE = template("没有来电进入队列 {queue}", "no call enters queue {queue}")
NO_SUCH_QUEUE = template("queues.conf 里没有队列 {queue}", "queues.conf has no queue {queue}")
MEND_SITE_TOML = both("改 site.toml 后重新运行 onekey site init", "mend site.toml and run `onekey site init` again")
CONTEXT_DIALS_ITSELF = template(
    "[{context}] 自己拨打 {number}：坐席先咨询再转接时来电人会丢失",
    "[{context}] dials {number} itself: a caller who is handed over to it while it rings is lost",
)
ENDPOINT_STANDS_NOWHERE = template(
    "配置文件里没有话机账号 {name}（在数据库里，或写错了）",
    "no file has the endpoint {name} (it is in a database, or mistyped)",
)
SET_THERE = template("在数据库里为它设置：\n{lines}", "set for it there:\n{lines}")

# init
WRITTEN = template("已写入 {folder}", "written to {folder}")
KEPT = template("保留已有的 {path}", "{path} is kept as it is")
NOTHING_LACKS = template("{id}: 什么都不缺", "{id}: nothing is lacking")
LACKS = template("{id}: 还缺 {count} 项", "{id}: {count} lacking")
BY_HAND = both("须人工修改", "by hand")
BY_APPLY = both("onekey site apply 会做", "done by `onekey site apply`")
CHANGED = template("已修改 {path}", "changed {path}")
COPIED = template("{folder}（{count} 个文件）", "{folder} ({count} files)")
RELOAD = template(
    "在 {id} 的控制台：core reload（systemname 或模块有变时须在空闲时 core restart when convenient）",
    "on the console of {id}: core reload (where systemname or modules change: core restart when convenient)",
)
SHEET = template(
    "把 {path} 用安全的方式交给 {peer} 的管理员", "give {path} to the administrator of {peer} by a way that is safe"
)
SHEET_DAMAGED = template("对方的交接文件不可用：{why}", "the sheet of the other site cannot be used: {why}")
ASK_FOR_IT = both("向对方管理员再要一份", "ask its administrator for it again")

# questions
ASK_ID = both("本总机编号（12345、110）", "id of this switchboard (12345, 110)")
ASK_TREE = both("Asterisk 配置目录", "folder of Asterisk's configuration")
ASK_QUEUES = both("队列（逗号分隔）", "queues (commas between)")
ASK_SEATS = both("坐席的话机账号（逗号分隔）", "endpoints of seats (commas between)")
ASK_TAKES = both("转入的来电进哪个队列", "the queue that takes transferred callers")
ASK_LINES = both("市民来电的线路账号（逗号分隔）", "endpoints by which citizens come in (commas between)")
ASK_PEER = both("对方平台编号（没有则回车）", "id of another switchboard (Enter: none)")
ASK_TRUNK = template("通往 {peer} 的中继账号", "endpoint of the trunk to {peer}")
ASK_SAME_GATEWAY = template("本网关也接入 {peer} 吗（y/n）", "does this gateway attach to {peer} as well (y/n)")
ASK_PEER_URL = template("{peer} 的网关地址（https://…）", "address of {peer}'s gateway (https://…)")
ASK_PEER_TREE = template("{peer} 的 Asterisk 配置目录", "folder of Asterisk's configuration of {peer}")
ASK_AMI = template("{peer} 的 AMI 地址", "address of {peer}'s AMI")
ASK_DIALS = both(
    "其他目标拨什么，如 119=PJSIP/119@city（逗号分隔，没有则回车）",
    "what further targets dial, as 119=PJSIP/119@city (commas between; Enter: none)",
)
