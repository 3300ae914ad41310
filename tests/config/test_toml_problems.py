"""Errors of the site's file: every one of them at once, in the file's order, each with table, key, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import site_file
from gateway.config.settings import ConfigError
from gateway.config.site_tables import SiteTable
from gateway.config.toml_problems import known_keys, where_of


def problems(tmp_path: Path, text: str) -> list[tuple[str, str, str]]:
    """The problems of a file with this text."""
    path = tmp_path / "onekey.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        site_file.load(path)
    return caught.value.problems


def test_an_error_names_its_line(tmp_path: Path) -> None:
    """A value has the line that it stands on, a missing setting that of its table; both languages say it."""
    found = problems(tmp_path, '[api]\nport = 0\ntoken = "t"\n\n[[switchboards]]\nid = "1"\nhost = "h"\nsecret = "s"\n')
    assert [(where, what[-16:]) for where, what, _ in found] == [
        ("api.port", "（第 2 行 / line 2）"[-16:]),
        ("switchboards[1].username", "（第 5 行 / line 5）"[-16:]),
    ]


def test_a_setting_whose_table_is_missing_has_no_line(tmp_path: Path) -> None:
    """Where nothing stands there is no line to name."""
    (found,) = problems(tmp_path, '[[switchboards]]\nid = "1"\nhost = "h"\nusername = "u"\nsecret = "s"\n')
    assert found == ("api.token", "缺少此设置 / is missing", "加上 token / add token")


def test_rules_over_several_settings_are_checked_beside_other_errors(tmp_path: Path) -> None:
    """Two switchboards of one id, two platforms of one, a peer that is attached here, and a peer with neither way are named although
    settings beside them are wrong as well."""
    board = '[[switchboards]]\nid = "1"\nhost = "h"\nusername = "u"\nport = 0\n'
    push = '[[push]]\nswitchboard = "9"\nfull = 1\n'
    peers = '[[peers]]\nswitchboard = "1"\nfull = 1\n'
    found = problems(tmp_path, f"{board}{board}{push}{push}{peers}[limits]\nping_s = []\n[api]\nprot = 1\n")
    assert [where for where, _, _ in found] == [
        "switchboards",
        "switchboards[1].secret", "switchboards[1].port",
        "switchboards[2].secret", "switchboards[2].port",
        "push[1].url", "push[1].secret", "push[1].full",
        "push[2].url", "push[2].secret", "push[2].switchboard", "push[2].full",
        "peers[1].url", "peers[1].switchboard", "peers[1].full",
        "limits.ping_s",
        "api.prot", "api.token",
    ]  # fmt: skip


def test_an_error_shows_no_value_of_a_secret(tmp_path: Path) -> None:
    """Neither a secret of the wrong type nor one that does not fit is repeated."""
    found = problems(tmp_path, '[api]\ntoken = 4711\n[[switchboards]]\nid = "1"\nsecret = "top\\nsecret"\n')
    assert "4711" not in str(found)
    assert "top" not in str(found)


def test_every_error_has_both_languages_and_a_remedy(tmp_path: Path) -> None:
    """Nothing of the library's own words reaches whoever writes the file."""
    for value in ("5", "true", '"x"', "[]", "{}", "nan", "1979-05-27", "-1", "''", "[{}]", "1.5"):
        keys = [key for key in SiteTable.model_fields if key != "switchboards"]
        for where, what, remedy in problems(tmp_path, "".join(f"{key} = {value}\n" for key in keys)):
            assert " / " in what, (where, what)
            assert remedy
            assert "Input" not in what


def test_places_are_written_as_people_count() -> None:
    """Tables of several are numbered from 1."""
    assert where_of(("switchboards", 0, "port")) == "switchboards[1].port"
    assert where_of(("push", 2)) == "push[3]."
    assert where_of(()) == ""


def test_known_keys_are_those_of_the_table() -> None:
    """A file's key stands behind that of its secret, as people look for it."""
    assert known_keys(SiteTable, ("switchboards", 3))[:6] == ["id", "host", "port", "username", "secret", "secret_file"]
    assert "ping_s" in known_keys(SiteTable, ("limits",))
    assert "push" in known_keys(SiteTable, ())
