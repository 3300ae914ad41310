"""Texts for people of ``guards``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import both, template

# bounded_file
AT_MOST_BYTES_MAX_BYTES = template("最多 {bytes_max} 字节", "at most {bytes_max} bytes")
FILE_IS_TOO_LARGE = both("文件过大", "the file is too large")
NOT_A_REGULAR_FILE = both("不是普通文件", "not a regular file")
CHECK_THE_PATH = both("检查路径", "check the path")
