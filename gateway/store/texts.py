"""Texts for people of ``store``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Pair, Template, both, pair, template

# backlog
RECORDS_WAIT_IN_MEMORY = both("记录暂存内存；检查磁盘和权限", "records wait in memory: check the disk and its rights")
END_OR_CONTINUE_THE_OTHER_ONEKEY = both(
    "结束或恢复另一个 onekey 命令（jobs、fg）", "end or continue the other onekey command (jobs, fg)"
)
ANOTHER_PROGRAM_HOLDS_THE_BACKLOG_FILE = both("另一个程序占着积压文件不放", "another program holds the backlog file")

# tenure
ANOTHER_GATEWAY_HAS_THE_STORE = template(
    "已有网关在用这个数据库：{holder}", "a gateway runs on this store already: {holder}"
)
STOP_ONE_OF_THEM = template(
    "停掉其中一个（systemctl stop onekey，或 kill {pid}）；第二个网关要有自己的总机和 run_dir",
    "stop one of them; a second gateway has switchboards and a run_dir of its own",
)

# columnar.log_rows
CANNOT_READ_THE_DATABASE = template("读不到数据库：{error}", "cannot read the database: {error}")

# columnar.parquet
THERE_ARE_NO_RECORDS_YET = both("还没有记录，或数据库不在", "there are no records yet, or the database is away")
START_THE_GATEWAY = both("启动网关；检查数据库的磁盘", "start the gateway; check the database's disk")
CANNOT_READ_THE_REPORTS_DATA = template("读不到报表数据：{error}", "cannot read the reports' data: {error}")
CHECK_OR_DELETE_THE_FILE = template("检查权限和磁盘；可删除 {name} 后重试", "check rights and disk")
ALPHABET_OF_A_NAME = both("名称只能有字母、数字和下划线", "a name has letters, digits and underscores")
RENAME_IT = both("改名", "rename")
NOTHING_TO_IMPORT = both("没有可导入的文件", "nothing to import")
FILES_ARE_NAMED_AFTER_THE_TABLES = template("文件名以 {formats} 开头", "files are named after the tables")
MUST_BE_A_REGULAR_FILE = template(
    "须为普通文件，最多 {bytes_max} 字节", "must be a regular file of at most {bytes_max} bytes"
)
DIVIDE_THE_FILE = both("分成几个文件", "divide it: each name begins with the table's")
CANNOT_PRUNE_THE_REPORTS_DATA = template("清理不了报表数据：{error}", "cannot prune the reports' data: {error}")
CHECK_RIGHTS_AND_DISK = both("检查权限和磁盘", "check rights and disk")
NEEDED_COLUMNS = template("列：{columns}", "columns: {columns}")
REPORTS_FILES_ARE_OF_ANOTHER_DATABASE = both(
    "报表文件属于另一个数据库，或比它新", "the reports' files are of another database, or newer than it"
)
MOVE_NAME_AWAY = template(
    "移走 {name}，会重新生成；导入过的须再导入", "move {name} away, it is made anew; import again what was imported"
)

# columnar.imports
NOTHING_IS_IMPORTED = template("没有导入：{count} 处有误", "nothing is imported: {count} faults")
NO_SUCH_IMPORT = template("没有这批导入：{name}", "there is no import {name}")
IMPORT_NOT_FINISHED = template("导入没有完成：{error}", "the import was not finished: {error}")
LIST_OF_IMPORTS_IS_DAMAGED = template("导入清单损坏：{error}", "the list of imports is damaged: {error}")
IMPORT_AGAIN = both("移走它，重新导入", "move it away and import again")

# columnar.import_reading
FAULT_OF_A_CELL = template("{zh} {shown}", "{en} {shown}")
AT_MOST_MORE = template("还有至多 {more} 处", "at most {more} more")
MEND_THESE_FIRST = both("先改正以上", "mend these first")
NOT_A_PARQUET_FILE = both("不是有效的 Parquet 文件", "not a valid Parquet file")
EXPORT_IT_AGAIN = both("重新导出", "export it again")
UTF16_NOT_UTF8 = both("是 UTF-16，不是 UTF-8", "this is UTF-16, not UTF-8")
GBK_NOT_UTF8 = both("不是 UTF-8，可能是 GBK", "not UTF-8, probably GBK")
SAVE_AS_UTF8 = both("在 Excel 中另存为“CSV UTF-8”", "in Excel save as “CSV UTF-8”")
HAS_A_NUL = both("有 NUL 字节", "has a NUL byte")
FILE_IS_EMPTY = both("文件是空的", "the file is empty")
FIRST_LINE = template("第一行写：{columns}", "the first line is: {columns}")
COLUMN_TWICE = both("该列出现两次", "the column stands there twice")
REMOVE_ONE = both("删去一个", "remove one")
NO_COLUMN = template("没有 {name} 一列", "there is no column {name}")
CELLS_OF_A_ROW = template("有 {found} 格，应有 {wanted} 格", "{found} cells, not {wanted}")
ADD_OR_REMOVE_CELLS = both("补上或删去单元格", "add or remove cells")
QUOTE_WITHOUT_ITS_OTHER = both("引号不成对，或单元格过大", "a quote without its other, or a cell that is too large")
TYPE_OF_A_COLUMN = template("该列的类型是 {type}", "the column's type is {type}")
MAKE_IT_SECONDS = both("应为数：自 1970 年起的秒", "make it a number: seconds since 1970")
MAKE_IT_TEXT = both("应为文本", "make it a text")

# columnar.import_rules
MUST_NOT_BE_EMPTY = Pair("不能为空", "must not be empty")
FILL_IT_IN = both("补上", "fill it in")
NOT_A_NUMBER = Pair("不是数", "not a number")
SECONDS_SINCE_1970 = both("自 1970 年起的秒，如 1793462400.5", "seconds since 1970, as 1793462400.5")
NOT_A_SPAN = pair("应为 0 至 {most} 秒", "0 to {most} seconds")
THESE_ARE_MILLISECONDS = Pair("是毫秒", "these are milliseconds")
DIVIDE_BY_1000 = both("除以 1000", "divide by 1000")
OUTSIDE_THE_CALENDAR = Pair("时间应在 1970 年至 2099 年", "an instant of the years 1970 to 2099")
CORRECT_IT = both("改正", "correct it")
NO_SUCH_WORD = Pair("没有这个词", "there is no such word")
KNOWN_WORDS = template("可用：{words}", "known: {words}")
BLANKS_OR_HIDDEN = Pair("首尾有空白，或有不可见字符", "blanks at an end, or characters that do not show")
REMOVE_THEM = both("删去", "remove them")
MORE_CHARACTERS = pair("超过 {most} 字", "more than {most} characters")
SHORTEN_IT = both("缩短", "shorten it")
SPREADSHEET_NUMBER = Pair("号码被电子表格改成了数", "a spreadsheet has made a number of it")
FORMAT_AS_TEXT = both("把该列设为文本后重新导出", "format the column as text and export it again")
WAIT_WITHOUT_AN_END = Pair("等待已结束，却没有结束时间", "the wait is over and has no end")
WRITE_LEFT_AT = both("写上 left_at，或 how=unknown", "write left_at, or how=unknown")
BEFORE_ANOTHER = pair("早于 {first}", "before {first}")
CHECK_BOTH = template("核对 {first} 和 {then}", "check {first} and {then}")

# commits
ERROR_OF_THE_PROGRAM = both(
    "程序有误：保留日志并报告，必要时重启网关",
    "an error of the program: keep the log and report it; restart the gateway if need be",
)
RECORD_CANNOT_BE_WRITTEN = template("有一条记录写不进（{kind}: {why}）", "a record cannot be written ({kind}: {why})")

# redis.connection
CHECK_THE_REDIS_SERVER = both("检查 Redis 服务、内存和磁盘", "check the Redis server, its memory and its disk")
ENUMERATION_COMMA = "、"
THIS_REDIS_LOSES_RECORDS = Template(
    "Redis 会丢掉已确认的记录（{found}）/ this Redis loses records that it took ({found})"
)
SET_IN_REDIS_CONF = template("在 redis.conf 设 {wanted}", "set {wanted} in redis.conf")
THIS_REDIS_DOES_NOT_TELL = template(
    "Redis 不告知设置，也不能等它落盘：{error}",
    "this Redis does not tell its settings, nor when it has written: {error}",
)
ALLOW_CONFIG_GET = both(
    "允许 CONFIG GET，或用 7.2 以上并设 appendonly yes", "allow CONFIG GET, or take Redis 7.2 with appendonly yes"
)
IT_MAY_HAVE_BEEN_WRITTEN = template("{lost}；可能已写入，请先重读", "it may have been written: read it again first")

# redis.log_rows
CANNOT_READ_FROM_REDIS = template("读不到 Redis：{error}", "cannot read from Redis: {error}")
CHECK_REDIS = both("检查 Redis 服务", "check the Redis server")

# redis.reader
RECORDS_ARE_STILL = both("记录还是旧版本的", "the records are still of an older onekey")
START_THE_GATEWAY_ONCE = both("启动一次网关即升级", "start the gateway once: it brings them up to date")

# redis.store
WRITE_A_REDIS_URL = "写成 redis://主机:端口/库，密码中的 / ? # @ 写成 %2F %3F %23 %40 / write redis://host:port/database, and / ? # @ of a password as %2F %3F %23 %40"
NOT_THE_URL_OF_A_REDIS = both("Redis 地址有误", "not the URL of a Redis server")
RECORDS_HAVE_VERSION = template(
    "Redis 中记录的版本 {version} 比本程序新", "the records have version {version}, newer than this program"
)
UPGRADE_ONEKEY = both("升级 onekey", "upgrade onekey")
CANNOT_REACH_REDIS = template("连不上 Redis：{error}", "cannot reach Redis: {error}")
CHECK_ADDRESS = both("检查地址、密码和服务", "check address, password and server")
REDIS_TAKES_NO_RECORDS = template("Redis 写不进：{error}", "Redis takes no records: {error}")

# sqlite.damage
DATABASE_IS_DAMAGED = template("数据库文件已损坏：{error}", "the database is damaged: {error}")
TWO_WAYS_BACK = template(
    "保留此文件，勿删；停网关，二选一：放回备份（docs/admin.md 第 9 节），或修复：sqlite3 {name} .recover | sqlite3 {name}.recovered，再改回原名",
    "keep this file, delete nothing; stop the gateway, then either put the backup back (docs/admin.md, 9), or recover: "
    "sqlite3 {name} .recover | sqlite3 {name}.recovered, and give it the name",
)

# sqlite.file
DATABASES_FILE_WAS_REPLACED_WHILE = both(
    "数据库文件被替换，旧文件还在使用", "the database's file was replaced while somebody still reads the old one"
)
WAIT_A_MOMENT = both("稍候", "wait a moment")
DATABASES_FILE_WAS_OVERWRITTEN = template(
    "数据库文件被覆盖，旧内容存不下来：{error}",
    "the database's file was overwritten and what was in it cannot be kept: {error}",
)
FREE_THE_DISK = both("腾出磁盘空间", "free the disk")
DATABASE_IS_MISSING = both("没有数据库，却有它的 -wal", "the database is missing, and its -wal is here")
BRING_THE_DATABASE_BACK = template(
    "把数据库移回原处；要用新库则把 {name} 移走", "bring the database back; move {name} away to begin a new one"
)
WAL_BELONGS_TO_THE_FILE_BEFORE = template(
    "旁边的 {name} 属于原来的数据库文件", "{name} beside it belongs to the file that was here before"
)
IF_A_GATEWAY_RUNS = template(
    "网关若在运行，稍候；否则把 {name} 和 -shm 移走（与旧文件放在一起）",
    "if a gateway runs, wait a moment; else move {name} and -shm away, to the old file",
)

# sqlite.reader
CHECK_THE_RIGHTS_AND_THE_DISK = both(
    "检查数据库所在目录的权限和磁盘", "check the rights and the disk of the database's folder"
)
CHECK_SPACE_AND_LOCK = both(
    "检查磁盘空间，或是否有其他程序锁住了数据库", "check the disk's space, and whether another program holds the lock"
)
BRING_THE_DATABASE_BACK_RESTART = both(
    "把数据库移回原处；要用新库则重启网关", "bring the database back; restart the gateway to begin a new one"
)
ANOTHER_DATABASE_IS_IN_ITS_PLACE = both("原处是另一个数据库", "another database is in its place")
DATABASES_FILE_HAS_JUST_BEEN = both("数据库文件刚被替换", "the database's file has just been replaced")
TRY_AGAIN_IN_A_MOMENT = both("稍候重试", "try again in a moment")

# sqlite.store
NOT_A_DATABASE_OF_ONEKEY = both(
    "这不是 onekey 的数据库：换一个路径，或把它移走", "not a database of onekey: set another path, or move it away"
)
CHECK_THAT_THE_FOLDER_EXISTS = both(
    "检查目录是否存在、可写、磁盘未满", "check that the folder exists, is writable and has space"
)
CANNOT_OPEN_THE_DATABASE = template("打不开数据库：{error}", "cannot open the database: {error}")
DATABASE_HAS_VERSION = template(
    "数据库版本 {version} 比本程序新", "the database has version {version}, newer than this program"
)

# writer
CHECK_THE_TEXTS_AND_NUMBERS = both("检查其中的文字和数字", "check the texts and numbers in it")
STORE_IS_CLOSED = both("数据库已关闭", "the store is closed")
RESTART_THE_GATEWAY = both("重启网关", "restart the gateway")
CANNOT_READ_THE_BACKLOG_FILE = template("读不到积压文件：{error}", "cannot read the backlog file: {error}")
CHECK_ITS_RIGHTS_AND_THE_DISK = both("检查权限和磁盘", "check its rights and the disk")
BACKLOG_FILE_TAKES_NONE_EITHER = template(
    " 积压文件也写不进", "the backlog file takes none either ({path}) → {held_remedy}"
)
STORE_IS_SLOW = template(
    "数据库太慢：一次写入超过 {slow_s:g} 秒", "the store is slow: a commit takes more than {slow_s:g} s"
)
CHECK_THE_DISK_AND_THE_LOAD = both("检查磁盘和负载", "check the disk and the load")
STORES_WRITER_HAS_ENDED = both("写入线程已终止", "the store's writer has ended")
DATABASE_TAKES_NO_RECORDS = template("数据库写不进：{why}", "the database takes no records: {why}")
STORE_IS_BACK_AND_TAKES = template(
    "数据库已恢复，正在补写 {on_the_way} 条", "the store is back and takes {on_the_way} records that waited"
)
DATABASE_TAKES_NO_RECORDS_FAILED = template("数据库写不进：{failed}", "the database takes no records: {failed}")
DATABASE_CANNOT_WRITE_THIS_RECORD = template(
    "数据库写不了这条记录（{why}）", "the database cannot write this record ({why})"
)
