"""Texts for people of ``reporting``: Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.values.bilingual import Pair, Template, both, pair, template

# charts
NOTHING_IS_RECORDED_TO_DRAW = both("没有记录，画不出图", "nothing is recorded to draw")
TAKE_ANOTHER_TIME = both("换一段时间", "take another time")
CHART_NEEDS_STEPS = both("图表需要步长", "a chart needs steps")
ADD_STEP_1_H = both("加上 --step 1h", "add --step 1h")
CHART_SEAT_STATES = Pair("坐席状态", "states of seats")
CHART_OCCUPANCY = Pair("占用率", "occupancy")
CHART_AVERAGE = Pair("平均", "mean")
CHART_LONGEST = Pair("最长", "longest")
CHART_WAIT = Pair("等待", "wait (s)")
CHART_SERVICE_LEVEL = Pair("服务水平", "service level (%)")
CHART_NEEDED = Pair("需要", "needed")
CHART_ON_DUTY = Pair("在岗", "there")
CHART_SEATS = Pair("坐席", "seats")
CHART_ARRIVALS = Pair("呼入", "arrivals")
CHART_TRANSFERS = Pair("转接", "transfers")
CHART_KEY_TO_ANSWER = Pair("按键到接听", "press to answer (s)")
CANNOT_WRITE = template("写不进 {path}：{error}", "cannot write it")
CHECK_PATH_AND_DISK = both("检查路径和磁盘", "check path and disk")

# forecast
FORECAST_IS_OF_MORE = both("预测时段须在 0 与 7 天之间", "a forecast is of more than nothing and at most 7 days")
CHECK_BOTH = both("检查 --since 和 --until", "check both")

# job
SEE_REPORT_PROCESS_FAILED_IN_THE_LOG = both("见日志 report_process_failed", "see report_process_failed in the log")
NO_REPORT = template("没有报表 {report}", "no report {report}")
REPORT_IS_BY_SWITCHBOARD = template("{report} 只能按 switchboard 统计", "{report} is by switchboard")
FORECAST_HAS_STEPS_OF_HALF = both("预测以半小时为步长", "a forecast has steps of half an hour")
REPORT_TOOK_MORE_THAN_LONGEST_S = template("报表超过 {longest_s:g} 秒", "the report took more than {longest_s:g} s")
TAKE_A_SHORTER_TIME = both("缩短时间或加大步长", "take a shorter time or a larger step")
PROCESS_THAT_MAKES_REPORTS_FAILED = both("报表进程出错", "the process that makes reports failed")

# output
COLUMN_START = "开始"
COLUMN_SWITCHBOARD = "总机"
COLUMN_SEAT = "坐席"
COLUMN_QUEUE = "队列"
COLUMN_GROUP = "分组"
COLUMN_TARGET = "目标"
COLUMN_MODE = "方式"
COLUMN_OUTCOME = "结果"
COLUMN_REASON = "原因"
COLUMN_MATTER = "事项"
COLUMN_DIRECTION = "方向"
COLUMN_NAME: Mapping[str, str] = {"zh": "姓名", "en": "name"}
IN_S = Template("{zh}（秒）")
REPORT_NAMES: Mapping[str, Pair] = {
    "seats": Pair("坐席报表", "seats"),
    "queues": Pair("队列报表", "queues"),
    "transfers": Pair("转接报表", "transfers"),
    "capacity": Pair("坐席配备报表", "capacity"),
    "forecast": Pair("预测报表", "forecast"),
}
REPORT_HEADING = pair("{name}  {since} 至 {until}（{zone}）", "{name}  {since} to {until} ({zone})")
COLUMNS_LEFT_OUT = pair("另有 {count} 列未显示，加 --wide 全部显示", "{count} more columns: --wide shows all")
REASON_COMMA = "，"
DIRECTIONS_ZH: Mapping[str, str] = {"in": "转入", "out": "转出"}
MODES_ZH: Mapping[str, str] = {
    "warm": "三方转接",
    "blind": "直接转接",
    "silent": "静默交接",
    "consult": "三方协商",
    "conference": "邀请加入",
    "attended": "话机咨询转",
}
BASES_ZH: Mapping[str, str] = {"earlier_weeks": "前几周同期", "last_half_hour": "近半小时", "unknown": "未知"}
WHYS_ZH: Mapping[str, str] = {
    "snapshot": "接入时核对",
    "link_lost": "连接中断",
    "gateway": "网关停止",
    "drift": "核对纠正",
    "settled": "事后补记",
    "member_changed": "队列变动",
    "logged_out": "签出",
    "handed_over": "移交",
    "wrap_up_over": "话后处理到时",
    "wrap_up_ended": "坐席结束话后处理",
    "device_unavailable": "话机离线",
    "device_not_in_use": "话机在线",
    "device_in_use": "话机占用",
    "device_unknown": "话机状态不明",
}
"""Causes of a seat's changes; any other is shown as it is, a reason in a seat's own words among them."""
NOTHING_IS_RECORDED = both("没有记录", "nothing is recorded")

# period
END_MUST_BE_AFTER = both("结束须晚于开始", "the end must be after the beginning")
THERE_IS_NO_SUCH_STEP = template("没有这种步长：{step}", "there is no such step")
MORE_THAN_STEPS_MAX_STEPS = template("步数超过 {steps_max}", "more than {steps_max} steps")
TAKE_A_LARGER_STEP = both("加大步长或缩短时间", "take a larger step or a shorter time")

# queries
NAME_CANNOT_BE_COUNTED = template("{name} 不能按 {by} 统计", "{name} cannot be counted by {by}")
WRITE_GROUPS_INTO_THE_CONFIGURATION = both("在配置中写 [groups]", "write [groups] into the configuration")
THERE_ARE_NO_GROUPS = both("没有分组", "there are no groups")

# seat_times
STATE_UNKNOWN = "未知 unknown"
STATE_OFFLINE = "离线 offline"
STATE_READY = "空闲 ready"
STATE_RINGING = "振铃 ringing"
STATE_TALK = "通话 talk"
STATE_HOLD = "保持 hold"
STATE_CONSULT = "协商 consult"
STATE_THREE_WAY = "三方 three-way"
STATE_WRAP_UP = "话后处理 wrap-up"
STATE_PAUSED = "示忙 paused"
NO_SEAT_HAS_BEEN_SEEN = both("没有坐席记录", "no seat has been seen")
HEAD_SWITCHBOARD = "总机 switchboard"
HEAD_SEAT = "坐席 seat"
HEAD_NOW = "现在 now"
HEAD_CALLS = "电话 calls"
HEAD_OCCUPANCY = "占用率 occupancy"
IN_SECONDS = "\n（秒 / seconds）"
HEAD_SINCE = "开始 since"
HEAD_SECONDS = "秒 s"
HEAD_STATE = "状态 state"
HEAD_WHY = "原因 why"
HEAD_CALL = "通话 call"
