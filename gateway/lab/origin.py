"""Where an Asterisk comes from, as far as its version tells: whether it carries Debian's patch that makes people deaf.

The patch (``2016_opus_plc.patch``, docs/decisions/0015-which-asterisk.md) is in every Asterisk 22 of Debian, and what is derived of it.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Origin(StrEnum):
    """The maker of an Asterisk, and so whether it has the patch."""

    BUILT = "built"
    """By ``gateway.lab.built``, which leaves the patch out and writes its mark into the version: certain."""
    DEBIAN = "debian"
    """Debian's or a derivative's package: it has the patch. Nobody else writes ``dfsg`` into a version."""
    UPSTREAM = "upstream"
    """A plain version: upstream's source, which has no such patch. Whoever compiled it may have added it."""
    UNKNOWN = "unknown"
    """A version that tells nothing, as one of a git checkout."""


def of(version: str) -> Origin:
    """The origin that a version tells: of ``asterisk -V``, or AMI's ``AsteriskVersion``."""
    number = version.strip().removeprefix("Asterisk ")
    if "+onekey" in number:
        return Origin.BUILT
    if re.search(r"[+~-]dfsg", number):
        return Origin.DEBIAN
    return Origin.UPSTREAM if re.fullmatch(r"(?:certified[-/])?\d+\.\d+(?:[.-]\w+)*", number) else Origin.UNKNOWN


WORDS = {
    Origin.BUILT: "不带补丁，确定 / without the patch, certain",
    Origin.DEBIAN: "带 Debian 的 opus 补丁：转接后的录音会缺人，见 docs/install.md / with Debian's opus patch: recordings across transfers lose a person",
    Origin.UPSTREAM: "看版本不带补丁，未经证实 / by its version without the patch, not proven",
    Origin.UNKNOWN: "看不出是否带补丁 / it cannot be told whether it has the patch",
}
"""For ``onekey lab status``."""
