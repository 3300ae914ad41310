"""Where an Asterisk comes from, as far as its version tells: whether it carries Debian's patch that makes people deaf.

The patch (``2016_opus_plc.patch``, docs/decisions/0015-which-asterisk.md) is in every Asterisk 22 of Debian, and what is derived of it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from gateway.lab import texts


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
    Origin.BUILT: texts.WITHOUT_THE_PATCH,
    Origin.DEBIAN: texts.WITH_DEBIANS_OPUS_PATCH,
    Origin.UPSTREAM: texts.BY_ITS_VERSION_WITHOUT_THE_PATCH,
    Origin.UNKNOWN: texts.IT_CANNOT_BE_TOLD_WHETHER,
}
"""For ``onekey lab status``."""
