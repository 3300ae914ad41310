"""Codes of Asterisk's own features and of the site's, which a key of onekey covers: its first sign alone is taken (docs/decisions/0023)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.core.rules.rule_set import RuleSet
from gateway.doctor.findings import Finding
from gateway.doctor.working import texts
from gateway.doctor.working.picture import Picture

SET = re.compile(r"FEATUREMAP\((\w+)\)=([^,)\s]+)")


def found(seen: Picture, rules: RuleSet | None) -> Iterator[Finding]:
    """Features of ``[featuremap]``, and those that the dialplan or an endpoint sets, whose codes begin as a key does."""
    signs = first_signs(seen, rules)
    features = seen.place("features.conf")
    for name, code in seen.read["features"].get("featuremap", []):
        if code[:1] and code[:1] in signs:
            what = texts.FEATURE_COVERED(name=name, code=code, sign=code[0])
            yield Finding(
                "error", what, features, texts.WRITE_IN_SECTION(name="featuremap", line=f"{name} = {free(signs)}")
            )
    for context, steps in seen.contexts.items():
        for step in steps:
            for name, code in SET.findall(step.data):
                if code[:1] in signs:
                    what = texts.FEATURE_COVERED(
                        name=texts.FEATURE_SET_AT(name=name, place=f"[{context}] {step.exten}"), code=code, sign=code[0]
                    )
                    yield Finding(
                        "error", what, seen.place("extensions.conf"), texts.CHOOSE_ANOTHER_CODE(code=free(signs))
                    )
    for seat in seen.phones.values():
        for variable, code in seat.variables.items():
            if (match := re.fullmatch(r"FEATUREMAP\((\w+)\)", variable)) and code[:1] in signs:
                what = texts.FEATURE_COVERED(
                    name=texts.FEATURE_SET_AT(name=match[1], place=f"[{seat.name}]"), code=code, sign=code[0]
                )
                yield Finding("error", what, seen.place("pjsip.conf"), texts.CHOOSE_ANOTHER_CODE(code=free(signs)))


def first_signs(seen: Picture, rules: RuleSet | None) -> set[str]:
    """First signs of the keys: those of features.conf and those of the rules."""
    ours = (value for _, value in seen.read["features"].get("applicationmap", []) if "onekey-" in value)
    return {value.strip()[0] for value in ours if value.strip()} | {code[0] for code in (rules.keys if rules else ())}


def free(signs: set[str]) -> str:
    """A code that no key covers."""
    return next((f"{sign}1" for sign in "#ABCD" if sign not in signs), "")
