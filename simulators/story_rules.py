"""The rules files that stories are played with: targets and keys, and a rule for whatever a story is about."""

from __future__ import annotations

RING_S = 5
"""The shortest ring time that the rules allow: two stories wait for its end."""
TARGETS = """version: 1
targets:
  "12345": {name: 12345}
  "110": {name: 110, sees_confidential: yes, sees_place: yes}
  "119": {name: 119}
  "120": {name: 120}
  "122": {name: 122}
  water: {name: water}
keys:
  "*1": other
  "*2": "119"
  "*4": "122"
  "*51": water
  "*6": {target: other, mode: consult}
  "*7": {target: other, mode: conference}
  "*0": cancel
  "*8": accept
  "*9": decline
  "*A": {target: other, mode: blind}
  "*B": {target: other, mode: silent}
"""
RULES = (
    TARGETS
    + """rules:
  - name: 12345转110
    when: {from: "12345", target: "110"}
    then: {ladder: [{target: "110", ring_s: RING_S}], tag: "[{from}转]"}
  - name: 110转12345
    when: {from: "110", target: "12345"}
    then: {ladder: [{target: "12345", ring_s: RING_S}], tag: "[{from}转]"}
  - name: 默认
    then: {mode: warm}
"""
)
"""The main job's: warm, both ways."""
MODES_RULES = (
    TARGETS
    + """rules:
  - name: 藏语来电，先呼叫会藏语的122，再呼叫110
    when: {from: "12345", target: "110", language: bo}
    then: {ladder: [{target: "122", ring_s: 5}, {target: "110", ring_s: RING_S}], tag: "[藏语转]", mode: consult, decide_s: 60}
  - name: 藏语来电不转供水
    when: {target: water, language: bo}
    then: {refuse: 供水没有会藏语的坐席}
  - name: 12345转110，限时协商
    when: {from: "12345", target: "110"}
    then: {ladder: [{target: "110", ring_s: RING_S}], decide_s: 10}
  - name: 110转12345，须确认接受
    when: {from: "110", target: "12345"}
    then: {ladder: [{target: "12345", ring_s: RING_S}], accept_s: 5}
  - name: 依次呼叫122，再同时呼叫119和120
    when: {target: "122"}
    then: {ladder: [{target: "122", ring_s: 5}, {target: "119", also: ["120"], ring_s: 5}]}
  - name: 默认
    then: {mode: conference}
"""
)
"""One rule for each mode and acceptance; the keys ask for the rest."""
