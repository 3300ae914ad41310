"""Texts for people of ``provisioning``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Template, both, template

# plan_file
STATIC_PLAN_HEAD = Template("; 静态方案（{switchboard}）：没有网关时按键呼叫谁。由规则文件生成，请勿手工修改。")

# plan_folders
CHECK_THE_RIGHTS_OF_PLAN_FOLDER = both("检查 plan_folder 的权限", "check the rights of plan_folder")

# prompts
LINE_NUMBER_IS_NOT_NAME_TEXT = template("第 {number} 行不是“名称 = 文字”", "line {number} is not `name = text`")
NAME_HAS_LOWER_CASE_LETTERS = both("名称只用小写字母和 _", "a name has lower-case letters and _ only")
DELETE_VOICES_IN_THE_CACHE = both("删除缓存里的 voices-* 后重试", "delete voices-* in the cache and try again")
CANNOT_SPEAK_A_PROMPT = template("合成提示音失败：{said}", "cannot speak a prompt: {said}")
