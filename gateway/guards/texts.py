"""Texts for people of ``guards``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import both, pair, template

# bounded_file
AT_MOST_BYTES_MAX_BYTES = template("最多 {bytes_max} 字节", "at most {bytes_max} bytes")
FILE_IS_TOO_LARGE = both("文件过大", "the file is too large")
NOT_A_REGULAR_FILE = both("不是普通文件", "not a regular file")
CHECK_THE_PATH = both("检查路径", "check the path")

# instants
EXAMPLE_ZONE = both("例如", "e.g. Asia/Shanghai")
NO_SUCH_ZONE = pair("没有这个时区：{name}", "there is no such time zone: {name}")
NOT_AN_INSTANT = pair("不是时间：{text!r}", "not an instant: {text!r}")
EXAMPLE_INSTANT = both("例如", "e.g. 2026-11-24T08:00+08:00")
YEARS_1970_TO_2099 = pair("时间应在 1970 年至 2099 年：{text!r}", "an instant of the years 1970 to 2099: {text!r}")
CORRECT_THE_YEAR = both("改正年份", "correct the year")
MILLISECONDS = pair("是毫秒，不是秒：{text!r}", "milliseconds, not seconds: {text!r}")
DIVIDE_BY_1000 = both("除以 1000", "divide by 1000")
LOST_PLUS = pair("时区前的 + 变成了空格：{text!r}", "the + before the offset has become a blank: {text!r}")
WRITE_PERCENT_2B = template("网址中 + 写作 %2B：{text}", "in a URL + is written %2B")
