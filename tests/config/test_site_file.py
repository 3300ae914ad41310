"""The configuration: defaults, secrets in files, and every error of a file in one run."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.config import settings, site_file
from gateway.config.settings import Config, ConfigError, SwitchboardConfig
from gateway.core.model.settings import Settings
from gateway.guards.door_limits import LEAST, DoorLimits

SMALL = """
[api]
token = "t"
[[switchboards]]
id = "12345"
host = "127.0.0.1"
username = "onekey"
secret = "s"
"""


def load(tmp_path: Path, text: str) -> Config:
    """A configuration with this text."""
    (tmp_path / "onekey.toml").write_text(text, encoding="utf-8")
    return site_file.load(tmp_path / "onekey.toml")


def problems(tmp_path: Path, text: str) -> dict[str, tuple[str, str]]:
    """Where -> (what, remedy) of each problem; each place has one only."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    found = {where: (what, remedy) for where, what, remedy in caught.value.problems}
    assert len(found) == len(caught.value.problems)
    return found


# --- what is read ---------------------------------------------------------------------------------------------------------


def test_a_small_file_and_its_defaults(tmp_path: Path) -> None:
    """Four words per switchboard and a token are enough; everything else has a default beside the file."""
    found = load(tmp_path, SMALL)
    assert found == Config(
        switchboards=(SwitchboardConfig(id="12345", host="127.0.0.1", port=5038, username="onekey", secret="s"),),
        run_dir=tmp_path / "run",
        rules=tmp_path / "transfer_rules.yaml",
        store=tmp_path / "run" / "onekey.db",
        signing_key=found.signing_key,
        api_token="t",
    )
    assert (found.api_host, found.api_port, found.tape, found.wrap_up_s, found.name) == (
        "127.0.0.1", 8012, None, {}, "onekey",
    )  # fmt: skip
    assert (found.transfer_grace_s, found.action_s, found.ping_s, found.pong_s) == (10.0, 2.0, 10.0, 3.0)
    assert (found.callbacks_per_minute_max, found.idempotency_keys_max, found.api_public_url) == (10, 20_000, "")


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each setting arrives; paths are meant from the file's folder, and whole numbers do for seconds."""
    found = load(
        tmp_path,
        'name = "热线"\nrun_dir = "r"\nrules = "/etc/x.yaml"\nstore = "s.db"\nsigning_key = "k"\ntape = "t.jsonl"\n'
        '[api]\nhost = "127.0.0.9"\nport = 1\ntoken = "t"\npublic_url = "https://h:8/x/"\n'
        'trusted_proxies = ["10.0.0.4", "fd00::1"]\n'
        "[limits]\ntransfer_grace_s = 5\naction_s = 1.5\nping_s = 7\npong_s = 2\n"
        "parties_max = 3\npresses_per_minute_max = 1\ncallback_ring_s = 5\ncallbacks_per_minute_max = 2\n"
        "idempotency_keys_max = 4\nrules_poll_s = 0\ndrift_check_s = 0\nforecast_s = 0\n"
        "connections_max = 17\nconnections_per_address_max = 2\nhead_s = 1\nbody_s = 2\nkeepalive_s = 3\nanswer_s = 4\n"
        "feed_readers_max = 5\nfeed_readers_per_token_max = 6\nreport_steps_max = 7\n"
        '[wrap_up_s]\n"12345" = 15\n"110" = 0\n[groups]\n"夜班" = ["12345/1001"]\n[metrics]\nby_seat = true\n'
        '[[switchboards]]\nid = "110"\nhost = "h"\nport = 65535\nusername = "u"\nsecret = "s"\n'
        'queues = ["110", "119"]\nfolder = "etc"\nplan_folder = "plan"\n',
    )
    board = SwitchboardConfig(
        id="110",
        host="h",
        port=65535,
        username="u",
        secret="s",
        queues=("110", "119"),
        folder=tmp_path / "etc",
        plan_folder=tmp_path / "plan",
    )
    assert found == Config(
        switchboards=(board,), run_dir=tmp_path / "r", rules=Path("/etc/x.yaml"), store=tmp_path / "s.db", signing_key=found.signing_key, api_host="127.0.0.9", api_port=1, api_token="t",
        tape=tmp_path / "t.jsonl", transfer_grace_s=5.0, action_s=1.5, ping_s=7.0, pong_s=2.0, wrap_up_s={"12345": 15.0, "110": 0.0}, name="热线", api_public_url="https://h:8/x", parties_max=3, presses_per_minute_max=1, callback_ring_s=5, callbacks_per_minute_max=2, idempotency_keys_max=4, rules_poll_s=0.0,
        drift_check_s=0.0, forecast_s=0.0, metrics_by_seat=True, groups={"夜班": ("12345/1001",)},
        door=DoorLimits(
            connections_max=17, connections_per_address_max=2, head_s=1.0, body_s=2.0, keepalive_s=3.0, answer_s=4.0, feed_readers_max=5, feed_readers_per_token_max=6, report_steps_max=7,
            trusted_proxies=("10.0.0.4", "fd00::1"),
        ),
    )  # fmt: skip
    assert (tmp_path / "k").exists()


def test_the_core_gets_its_part(tmp_path: Path) -> None:
    """Every setting of the core comes from the file, and where the file says nothing the core's own default stands."""
    limits = "transfer_grace_s = 5\nparties_max = 3\npresses_per_minute_max = 7\ncallback_ring_s = 9\n"
    found = load(tmp_path, f"{SMALL}[limits]\n{limits}[wrap_up_s]\nq = 4\n")
    assert found.core() == Settings(
        signing_key=found.signing_key,
        transfer_grace_s=5.0,
        wrap_up_s={"q": 4.0},
        parties_max=3,
        presses_per_minute_max=7,
        callback_ring_s=9,
    )
    found = load(tmp_path, SMALL)
    assert found.core() == Settings(signing_key=found.signing_key)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("parties_max", 3),
        ("presses_per_minute_max", 1),
        ("callback_ring_s", 5),
        ("callbacks_per_minute_max", 1),
        ("idempotency_keys_max", 1),
        *LEAST.items(),
    ],
)
def test_a_count_that_is_too_small(tmp_path: Path, name: str, least: int) -> None:
    """A number under the least, a fraction and a word are one error each; the least itself is taken."""
    assert f"at least {least}" in problems(tmp_path, f"{SMALL}[limits]\n{name} = {least - 1}\n")[f"limits.{name}"][0]
    for value in ("1.5", '"x"', "true"):
        assert set(problems(tmp_path, f"{SMALL}[limits]\n{name} = {value}\n")) == {f"limits.{name}"}
    found = load(tmp_path, f"{SMALL}[limits]\n{name} = {least}\n")
    assert getattr(found if hasattr(found, name) else found.door, name) == least


def test_what_contexts_need_can_be_set(tmp_path: Path) -> None:
    """Store, old keys, heartbeat, privacy, retention and push arrive."""
    old = site_file.signing_key(tmp_path / "old.key")
    push = '[[push]]\nswitchboard = "110"\nurl = "http://10.1.0.5/x"\nsecret = "p"\nfull = true\n'
    found = load(
        tmp_path,
        'store = "redis://:pw@h:6379/0"\nsigning_keys_old = ["old.key"]\n'
        + SMALL.replace("[api]", '[api]\nheartbeat_s = 5\ncall_info = true\npublic_url = "https://h.example/onekey"')
        + "[retention]\ncontexts_days = 9\norders_days = 8\naudit_days = 200\n"
        + push,
    )
    assert (found.store_url, found.store) == ("redis://:pw@h:6379/0", tmp_path / "run/onekey.db")
    assert (found.signing_keys, found.core().signing_keys) == ((found.signing_key, old),) * 2
    assert found.heartbeat_s == 5.0
    assert found.keep_days == {**settings.KEEP_DAYS, "contexts": 9, "orders": 8, "audit": 200}
    assert found.push == (settings.PushTarget(switchboard="110", url="http://10.1.0.5/x", secret=b"p", full=True),)
    assert "pw" not in repr(found)
    assert found.core().records_url == "https://h.example/onekey/v1/contexts"


def test_settings_of_contexts_that_are_none(tmp_path: Path) -> None:
    """The audit log is kept 180 days at least, an old key must be there, a push needs a URL; each is named."""
    assert set(problems(tmp_path, SMALL + "[retention]\naudit_days = 179\n")) == {"retention.audit_days"}
    assert set(problems(tmp_path, 'signing_keys_old = ["no.key"]\n' + SMALL)) == {"signing_keys_old"}
    assert set(
        problems(tmp_path, SMALL + '[[push]]\nswitchboard = "110"\nsecret = "p"\nfull = 1\nformat = "xml"\n')
    ) == {
        "push[1].url",
        "push[1].full",
        "push[1].format",
    }


@pytest.mark.parametrize("url", ["10.0.0.5:8012", "ftp://h", "http://", "http://h/?x=1", "http://[", "话机"])
def test_a_public_url_that_is_none(tmp_path: Path, url: str) -> None:
    """What no phone could fetch is refused where it is written."""
    assert set(problems(tmp_path, SMALL.replace("[api]", f'[api]\npublic_url = "{url}"'))) == {"api.public_url"}


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    """The example that an administrator copies has no error."""
    found = load(tmp_path, settings.site_path("onekey.example.toml").read_text(encoding="utf-8"))
    assert [board.id for board in found.switchboards] == ["12345", "110"]


def test_secrets_do_not_show(tmp_path: Path) -> None:
    """Neither secret nor token nor key is in what a log or an error would print of a configuration."""
    found = load(tmp_path, SMALL.replace('"s"', '"top-secret"').replace('"t"', '"top-token"'))
    assert "top-" not in repr(found)
    assert repr(found.signing_key) not in repr(found)


# --- secrets in files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["a\\nAction: Originate", "a\\u0000b", "a\\u202eb", "a" * 201, "中" * 67])
@pytest.mark.parametrize("name", ["secret", "username", "token"])
def test_a_secret_that_cannot_be_sent(tmp_path: Path, name: str, value: str) -> None:
    """Secret, account and token are each one printable line that fits: said where it is written, not when a link is made."""
    where = "api.token" if name == "token" else f"switchboards[1].{name}"
    line = {"secret": 'secret = "s"', "username": 'username = "onekey"', "token": 'token = "t"'}[name]
    text = SMALL.replace(line, f'{name} = "{value}"')
    assert text != SMALL
    assert where in problems(tmp_path, text)


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    """``secret_file`` and ``token_file`` are meant from the file's folder; the line's end is no part of the secret."""
    (tmp_path / "ami").write_text("密 码\n", encoding="utf-8")
    (tmp_path / "api").write_text("  token\n\n")
    found = load(
        tmp_path, SMALL.replace('secret = "s"', 'secret_file = "ami"').replace('token = "t"', 'token_file = "api"')
    )
    assert (found.switchboards[0].secret, found.api_token) == ("密 码", "token")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"", "empty"), (b" \n", "empty"), (b"\xff\xfe", "cannot read"), ("folder", "directory")],
)
def test_a_secret_file_that_cannot_be_used(tmp_path: Path, content: bytes | str | None, said: str) -> None:
    """A file that is missing, empty, not text or not a file is an error that names it and says what to do."""
    if content == "folder":
        (tmp_path / "ami").mkdir()
    elif isinstance(content, bytes):
        (tmp_path / "ami").write_bytes(content)
    found = problems(tmp_path, SMALL.replace('secret = "s"', 'secret_file = "ami"'))
    what, remedy = found.pop("switchboards[1].secret_file")
    assert found == {}
    assert said in what
    assert str(tmp_path / "ami") in what
    assert remedy


def test_an_empty_token_is_no_token(tmp_path: Path) -> None:
    """An empty token, which would open the API to everyone, is refused like a missing one, in the file or in its own."""
    (tmp_path / "api").touch()
    assert "empty" in problems(tmp_path, SMALL.replace('"t"', '""'))["api.token"][0]
    assert "missing" in problems(tmp_path, SMALL.replace('token = "t"', ""))["api.token"][0]
    assert "empty" in problems(tmp_path, SMALL.replace('token = "t"', 'token_file = "api"'))["api.token_file"][0]


def test_a_secret_is_not_in_an_error(tmp_path: Path) -> None:
    """A file with another error does not show the secrets it holds."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, SMALL.replace('"s"', '"top-secret"') + "prot = 1\n")
    assert "top-secret" not in str(caught.value)


# --- the signing key ------------------------------------------------------------------------------------------------------


def test_the_signing_key_is_made_once(tmp_path: Path) -> None:
    """32 random bytes for their owner alone, the same ones at the next start."""
    key = site_file.signing_key(tmp_path / "run" / "signing.key")
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "run" / "signing.key").stat().st_mode) == 0o600
    assert site_file.signing_key(tmp_path / "run" / "signing.key") == key
    assert site_file.signing_key(tmp_path / "other") != key


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "too short"),
        (b"abcd\n", "too short"),
        (b"not hex at all\n", "cannot be used"),
        (b"\xff", "cannot be used"),
    ],
)
def test_a_signing_key_that_cannot_be_used(tmp_path: Path, content: bytes, said: str) -> None:
    """A damaged or short key is an error that names the file and says that a new one can be made; it is not replaced."""
    path = tmp_path / "signing.key"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        site_file.signing_key(path)
    assert caught.value.path == str(path)
    assert "delete" in str(caught.value)
    assert path.read_bytes() == content


def test_a_signing_key_without_a_place(tmp_path: Path) -> None:
    """Where the key cannot be written, that is the error."""
    (tmp_path / "run").touch()
    with pytest.raises(ConfigError, match="cannot be used"):
        site_file.signing_key(tmp_path / "run" / "signing.key")


def test_no_key_is_made_for_a_wrong_configuration(tmp_path: Path) -> None:
    """A file with errors leaves nothing behind on the disk."""
    problems(tmp_path, SMALL + "prot = 1\n")
    assert [path.name for path in tmp_path.iterdir()] == ["onekey.toml"]


# --- every error of a file ------------------------------------------------------------------------------------------------


def test_every_error_in_one_run(tmp_path: Path) -> None:
    """All that is wrong is said at once, each thing once, each with its place and a remedy."""
    text = (
        'nmae = "x"\nrun_dir = 5\ntape = true\n'
        '[api]\nprot = 80\nport = 70000\n[limits]\nping_s = "ten"\npong_s = 0\naction_s = nan\ntransfer_grace_s = inf\n'
        '[wrap_up_s]\n"12345" = -1\n"110" = "x"\n'
        '[[switchboards]]\nid = "110"\nhost = ""\nport = "5038"\nsecret_file = 7\nqueues = "110"\n'
        '[[switchboards]]\nid = "110"\nhost = "h"\nusername = "u"\nsecret = "s"\nport = 0\nfolder = 1\npassword = "p"\n'
    )
    found = problems(tmp_path, text)
    assert set(found) == {
        "nmae", "run_dir", "tape", "api.prot", "api.port", "api.token", "limits.ping_s", "limits.pong_s",
        "limits.action_s", "limits.transfer_grace_s", "wrap_up_s.12345", "wrap_up_s.110", "switchboards[1].host",
        "switchboards[1].port", "switchboards[1].username", "switchboards[1].secret_file", "switchboards[1].queues",
        "switchboards[2].port", "switchboards[2].folder", "switchboards[2].password", "switchboards",
    }  # fmt: skip
    assert all(what and remedy for what, remedy in found.values())


def test_an_error_is_printed_with_path_place_and_remedy(tmp_path: Path) -> None:
    """Each problem is one line with file and place, and one with what to do."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, SMALL + "port = 0\nprot = 1\n")
    lines = str(caught.value).split("\n")
    assert [line.split(": ")[:2] for line in lines[::2]] == [
        [str(tmp_path / "onekey.toml"), "switchboards[1].prot"],
        [str(tmp_path / "onekey.toml"), "switchboards[1].port"],
    ]
    assert all(line.startswith("    → ") for line in lines[1::2])


@pytest.mark.parametrize(
    ("line", "where", "near"),
    [
        ('ruels = "x"', "ruels", "rules"),
        ("[api]\ntokn = 1", "api.tokn", "token"),
        ("[limits]\nping = 1.0", "limits.ping", "ping_s"),
        ("[[switchboards]]\nsecert = 1", "switchboards[1].secert", "secret"),
    ],
)
def test_an_unknown_setting_names_the_nearest(tmp_path: Path, line: str, where: str, near: str) -> None:
    """A slip of the keyboard is answered with the word that was meant."""
    assert f"did you mean {near}" in problems(tmp_path, line)[where][1]


def test_an_unknown_setting_near_to_nothing_names_all(tmp_path: Path) -> None:
    """Where nothing is near, all that can be set is named."""
    remedy = problems(tmp_path, SMALL + 'colour = "red"\n')["switchboards[1].colour"][1]
    assert "id, host, port, username, secret" in remedy


@pytest.mark.parametrize("value", ["5", "true", '"x"', "[1]"])
def test_a_table_that_is_none(tmp_path: Path, value: str) -> None:
    """A single value in the place of a table is one error that shows how to write it."""
    found = problems(tmp_path, f"limits = {value}\n{SMALL}")
    assert list(found) == ["limits"]
    assert "[limits]" in found["limits"][0]


@pytest.mark.parametrize(
    "text", ['[api]\ntoken="t"', 'switchboards = []\n[api]\ntoken="t"', 'switchboards = 5\n[api]\ntoken="t"']
)
def test_a_gateway_needs_a_switchboard(tmp_path: Path, text: str) -> None:
    """Without a switchboard there is nothing to attach to."""
    assert list(problems(tmp_path, text)) == ["switchboards"]


def test_a_switchboard_that_is_no_table(tmp_path: Path) -> None:
    """A list of names in the place of tables is an error for each."""
    found = problems(tmp_path, 'switchboards = ["a", "b"]\n[api]\ntoken="t"')
    assert list(found) == ["switchboards[1].", "switchboards[2]."]


def test_true_is_no_number(tmp_path: Path) -> None:
    """A truth value is not taken for a number of seconds or a port."""
    found = problems(tmp_path, f"[limits]\nping_s = true\n{SMALL}port = true\n")
    assert set(found) == {"limits.ping_s", "switchboards[1].port"}


# --- a file that cannot be read ---------------------------------------------------------------------------------------------


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is an error that names the example to copy."""
    with pytest.raises(ConfigError, match=r"no such file\n    → .*onekey\.example\.toml"):
        site_file.load(tmp_path / "onekey.toml")


@pytest.mark.parametrize("content", ["name = 热线", "[api\n", "a = 1\na = 2\n"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: str) -> None:
    """What TOML does not allow is one error, with the parser's line."""
    (what, _remedy) = problems(tmp_path, content)["file"]
    assert "not valid TOML" in what
    assert "line " in what


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    """A GBK file is an error of its encoding."""
    (tmp_path / "onekey.toml").write_bytes('name = "热线"'.encode("gbk"))
    with pytest.raises(ConfigError, match="encoding"):
        site_file.load(tmp_path / "onekey.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder of that name is an error, not a crash."""
    with pytest.raises(ConfigError, match="cannot read"):
        site_file.load(tmp_path)


# --- the lab's descriptor -------------------------------------------------------------------------------------------------


def descriptor(folder: Path) -> dict[str, Any]:
    """What a running lab writes."""
    board = {
        "ami": {"host": "127.0.0.2", "port": 5038, "user": "onekey", "secret": "s"},
        "queue": "110",
        "dir": str(folder / "110"),
    }
    return {
        "name": "default",
        "dir": str(folder),
        "switchboards": {"110": board},
        "api": {"host": "127.0.0.7", "port": 8012, "token": "t"},
        "rules": None,
    }


def write(folder: Path, lab: object) -> Path:
    """A descriptor with this in it."""
    (folder / "lab.json").write_text(json.dumps(lab))
    return folder / "lab.json"


def test_a_running_lab_is_a_configuration(tmp_path: Path) -> None:
    """All that the gateway needs stands in the descriptor; what it keeps, it keeps in the lab's folder."""
    found = site_file.from_lab(write(tmp_path, descriptor(tmp_path)))
    etc = tmp_path / "110" / "etc"
    board = SwitchboardConfig(
        id="110",
        host="127.0.0.2",
        port=5038,
        username="onekey",
        secret="s",
        queues=("110",),
        folder=etc,
        plan_folder=etc,
    )
    assert found.switchboards == (board,)
    assert (found.api_host, found.api_port, found.api_token) == ("127.0.0.7", 8012, "t")
    assert (found.run_dir, found.store) == (tmp_path, tmp_path / "onekey.db")
    assert (found.tape, found.rules) == (tmp_path / "tape.jsonl", settings.site_path("transfer_rules.yaml"))
    assert found.name == "lab default"


def test_a_lab_with_rules_of_its_own(tmp_path: Path) -> None:
    """A lab that was started with a rules file uses it."""
    found = site_file.from_lab(write(tmp_path, descriptor(tmp_path) | {"rules": str(tmp_path / "r.yaml")}))
    assert found.rules == tmp_path / "r.yaml"


def test_no_lab_is_up(tmp_path: Path) -> None:
    """Without a descriptor the error says how to start a lab."""
    with pytest.raises(ConfigError, match="run `onekey lab up` first"):
        site_file.from_lab(tmp_path / "lab.json")


DAMAGED: list[tuple[str, object]] = [(key, value) for key in ("switchboards", "api") for value in (None, 5, [], "x")]


@pytest.mark.parametrize(("key", "value"), [*DAMAGED, ("dir", None), ("dir", 5), ("dir", []), ("name", None)])
def test_a_damaged_descriptor(tmp_path: Path, key: str, value: object) -> None:
    """A descriptor with a part missing or of another kind is an error that says how to renew the lab, not a crash."""
    lab = descriptor(tmp_path)
    if value is None:
        del lab[key]
    else:
        lab[key] = value
    with pytest.raises(ConfigError, match="lab down"):
        site_file.from_lab(write(tmp_path, lab))


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"5", b'{"dir": "\xff"}'])
def test_a_descriptor_that_was_cut_off(tmp_path: Path, content: bytes) -> None:
    """What is no descriptor at all is the same error."""
    (tmp_path / "lab.json").write_bytes(content)
    with pytest.raises(ConfigError, match="damaged"):
        site_file.from_lab(tmp_path / "lab.json")


def test_the_work_order_form_is_the_sites(tmp_path: Path) -> None:
    """A file beside the configuration, or the one that ships; the table that it once was says where it went."""
    assert load(tmp_path, 'work_order = "form.yaml"\n' + SMALL).work_order == tmp_path / "form.yaml"
    assert load(tmp_path, SMALL).work_order == settings.site_path("work_order.yaml")
    with pytest.raises(ConfigError, match=r"moved to a YAML file[\s\S]*onekey work-order check"):
        load(tmp_path, SMALL + '[work_order.fields]\n"电话" = "caller_number"\n')
    assert set(problems(tmp_path, "work_order = 1\n" + SMALL)) == {"work_order"}


def test_peers_are_read(tmp_path: Path) -> None:
    """A platform that is fetched from, one that only pushes; and each that cannot be used is named."""
    both = '[[peers]]\nswitchboard = "119"\nurl = "https://h/"\ntoken = "t"\nsecret = "s"\nfull = true\n'
    found = load(tmp_path, SMALL + both + '[[peers]]\nswitchboard = "120"\nsecret = "x"\n')
    assert found.peers == (
        settings.PeerConfig(switchboard="119", url="https://h", token="t", secret=b"s", full=True),
        settings.PeerConfig(switchboard="120", secret=b"x"),
    )
    assert found.core().records_come
    assert not load(tmp_path, SMALL).core().records_come
    wrong = '[[peers]]\nswitchboard = "12345"\nurl = "h"\nfull = 1\n[[peers]]\nswitchboard = "119"\n'
    assert set(problems(tmp_path, SMALL + wrong)) >= {"peers[1].url", "peers[1].full", "peers[2].url"}


def test_call_info_needs_an_address(tmp_path: Path) -> None:
    """Others must be told where we are, in characters that a header takes."""
    for url in ("", 'public_url = "https://h/用户"\n'):
        assert set(problems(tmp_path, SMALL.replace("[api]", f"[api]\ncall_info = true\n{url}"))) == {"api.call_info"}
    moved = problems(tmp_path, SMALL + '[privacy]\nconfidential_open_to = ["110"]\n')
    assert "sees_confidential" in moved["privacy.confidential_open_to"][1]


@pytest.mark.parametrize("proxies", ['["localhost"]', '["10.0.0.0/8"]', "[7]", '"127.0.0.1"'])
def test_a_proxy_is_an_address(tmp_path: Path, proxies: str) -> None:
    """A name or a network would trust more than was meant."""
    wrong = SMALL.replace("[api]\n", f"[api]\ntrusted_proxies = {proxies}\n", 1)
    assert wrong != SMALL
    assert set(problems(tmp_path, wrong)) == {"api.trusted_proxies"}


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    """Notepad writes one before the text."""
    assert load(tmp_path, "\ufeff" + SMALL).switchboards


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "UTC"])
def test_a_zone_that_there_is(tmp_path: Path, zone: str) -> None:
    """It is the zone of every instant that names none."""
    assert load(tmp_path, f'zone = "{zone}"\n' + SMALL).zone == zone


@pytest.mark.parametrize("zone", ["Peking", "", "../etc", "+08:00"])
def test_a_zone_that_there_is_not(tmp_path: Path, zone: str) -> None:
    """It is told with its line, as whatever else is wrong."""
    with pytest.raises(ConfigError, match="zone"):
        load(tmp_path, f'zone = "{zone}"\n' + SMALL)
