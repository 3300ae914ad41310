"""Texts for people of ``services``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Template, both, template

# forecast
SEE_THE_LOG = both("见日志", "see the log")

# known_seats
NAME_THE_SEAT = both(
    "在 [[switchboards]] 的 seats 中写上它，或写入 queues.conf",
    "write it into seats of [[switchboards]], or into queues.conf",
)

# readiness
CONNECTING = both("正在连接", "connecting")
BACKLOG_RECORDS_WAIT = template("{backlog} 条等待，{lost} 条丢失", "{backlog} records wait, {lost} are lost")
PROBLEM_AND_COUNTS = Template("{problem}；{counts}")
CALLS_GO_ON = both("通话照常；恢复后自动补写", "calls go on; what waits is written when it is well again")
SEE_RECORDS_LOST_IN_THE_LOG = both(
    "见日志 records_lost，重启后消失", "see records_lost in the log; gone after a restart"
)
AUDIT_LOG_CANNOT_BE_WRITTEN = template("审计日志写不进：{problem}", "the audit log cannot be written: {problem}")
CHECK_DISK_AND_RIGHTS = both("检查磁盘和权限", "check disk and rights")
COUNT_OF_FAILED_EVENTS = template("{faults} 个事件处理失败", "events failed")
SEE_TURN_FAILED_AND_NOT_WRITTEN = both("见日志 turn_failed、not_written", "see turn_failed and not_written in the log")
RULES_FILE_IS_BROKEN = template(
    "规则文件有误，仍用版本 {version}", "the rules file is broken, version {version} stays in force"
)
THEN_MEND_AND_SAVE = both("onekey rules check，改好后保存即生效", "then mend and save it")
NO_FORECAST = template("做不出预测", "no forecast: {trouble}")

# retention
DAYS = "日 days"
MONTHS = "个月 months"
WOULD_GO = "将删除 would go"
GONE = "已删除 gone"
KEPT_BY_LOGROTATE = Template(
    "{name}: 由 logrotate 清理，onekey doctor 核对 / by logrotate, onekey doctor compares（保留 {kept} 天 / kept {kept} days）"
)
FILES_OF_REPORTS = Template(" + {files} 个报表文件 files of reports")
KEPT_AND_REMOVED = Template("{name}: {would} {count}{unit}{also}（保留 {kept} 天 / kept {kept} days）")

# readiness
STORE_WAS_DOWN = both("数据库曾写不进", "the store was down")

# readiness: clocks
CLOCK_HAS_JUMPED = template(
    "本机时钟跳变了 {off_s} 秒，暂按原时间继续", "the machine's clock has jumped by {off_s} s; time goes on as it did"
)
SET_THE_CLOCK = both("检查 NTP（chronyc tracking），把时钟调准", "check NTP (chronyc tracking) and set the clock right")
CLOCK_OF_A_SWITCHBOARD_IS_OFF = template("该总机的时钟差 {off_s} 秒", "this switchboard's clock is off by {off_s} s")
CLOCK_WAS_BELIEVED = template(
    "已采用跳变 {by_s} 秒后的时钟，其间记为缺口",
    "a clock that had jumped by {by_s} s was believed; a gap stands for that time",
)
LOOK_FOR_RECORDS_AHEAD = both(
    "onekey clock 查看并修复未来的记录；重启后消失", "onekey clock finds records that lie ahead; gone after a restart"
)
