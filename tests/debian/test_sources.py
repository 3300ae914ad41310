"""Where Debian packages come from: read from the machine's own apt sources, never written down here."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.debian import sources

DEB822 = """\
# the main archive
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


def test_deb822_gives_the_main_archive_only() -> None:
    """Of a ``.sources`` file the main archive is taken, without its last slash, and the security archive is not."""
    assert sources.mirrors_of_deb822(DEB822) == ["http://mirror.example/debian"]


@pytest.mark.parametrize(
    "stanza",
    [
        "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n",
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: non-free\n",
        "Types: deb\nURIs: http://archive.example/ubuntu\nSuites: noble\nComponents: main\n",
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm-security\nComponents: main\n",
        "",
    ],
    ids=["sources only", "not main", "another distribution", "security", "empty"],
)
def test_deb822_of_something_else_gives_nothing(stanza: str) -> None:
    """A stanza that is not Debian's binary main archive gives no mirror."""
    assert sources.mirrors_of_deb822(stanza) == []


def test_one_line_style_gives_the_main_archive_only() -> None:
    """Of a ``.list`` file the options are skipped, comments and foreign vendors are left out."""
    text = (
        "# deb http://old.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/x.gpg] https://mirror.example/debian bookworm main contrib\n"
        "deb-src https://mirror.example/debian bookworm main\n"
        "deb https://mirror.example/debian-security bookworm-security main\n"
        "deb https://vendor.example/apt stable main\n"
    )
    assert sources.mirrors_of_list(text) == ["https://mirror.example/debian"]


def test_a_given_mirror_goes_before_all_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``ONEKEY_DEBIAN_MIRROR`` is taken as it is, without its last slash, and nothing else is looked at."""
    monkeypatch.setenv("ONEKEY_DEBIAN_MIRROR", "http://127.0.0.1:9/debian/")
    assert sources.mirror(tmp_path) == "http://127.0.0.1:9/debian"
