"""The doctor on the gateway's own side and the links: silent on a sound site, one defect at a time found with its cure."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.settings import SECRETS_MIN, Config, SwitchboardConfig
from gateway.doctor import examine as doctor
from gateway.doctor.findings import Finding, describe
from gateway.security.secret_strength import weaknesses
from gateway.store.sqlite.store import SqliteStore
from tests.ami.fake_server import FakeAmi
from tests.doctor.test_asterisk_files import RULES, rendered

CLEAN = "22.10.1+onekey"
MEMBER = "Event: QueueMember\nQueue: 12345\nLocation: PJSIP/1001\nStatus: 1\nPaused: 0"

# --- the gateway's own side -----------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A sound site without a switchboard; port 0 is always free."""
    return Config(
        switchboards=(),
        run_dir=tmp_path / "run",
        rules=RULES,
        store=tmp_path / "run/onekey.db",
        signing_key=bytes(range(32)),
        api_host="127.0.0.1",
        api_port=0,
        api_token="a-long-token-here",
        secrets_min={**SECRETS_MIN, "ami_chars": 5},  # those of the simulated switchboards are words
    )


async def wrong(config: Config) -> list[Finding]:
    """What is not well; each has a place and a cure. What could not be seen is none of it."""
    found = [finding for finding in await doctor.examine(config) if finding.level not in ("ok", "unknown")]
    for finding in found:
        assert finding.where
        assert finding.remedy
    return found


async def test_a_sound_site_has_only_good_findings(config: Config) -> None:
    """Rules, form, run folder, database and API are each found well."""
    findings = await doctor.examine(config)
    assert [finding.level for finding in findings] == ["ok"] * 5
    assert "ready for calls" in describe(findings)


async def test_a_broken_rules_file_is_found(config: Config, tmp_path: Path) -> None:
    """Line and column of the error, and how to check the file after mending it."""
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\ntargets: {}\nrules:\n\t- name: x\n")
    (found,) = await wrong(replace(config, rules=path))
    assert (found.level, found.where) == ("error", str(path))
    assert f"{path}:4:1" in found.what
    assert "onekey rules check" in found.remedy


async def test_a_broken_work_order_form_is_found(config: Config, tmp_path: Path) -> None:
    """As with the rules: a gateway with it would not start."""
    path = tmp_path / "form.yaml"
    path.write_text("version: 1\nfields: {a: caller_numer}\n", encoding="utf-8")
    (found,) = await wrong(replace(config, work_order=path))
    assert (found.level, found.where, f"{path}:2:13" in found.what) == ("error", str(path), True)


async def test_a_missing_rules_file_is_found(config: Config, tmp_path: Path) -> None:
    """No file is told as no file."""
    (found,) = await wrong(replace(config, rules=tmp_path / "none.yaml"))
    assert (found.level, found.where) == ("error", str(tmp_path / "none.yaml"))


async def test_a_run_folder_that_cannot_be_made_is_found(config: Config, tmp_path: Path) -> None:
    """Below a plain file there is no folder, whatever the rights of root."""
    (tmp_path / "file").write_text("")
    (found,) = await wrong(replace(config, run_dir=tmp_path / "file/run"))
    assert "the run folder is not writable" in found.what
    assert found.where == str(tmp_path / "file/run")
    assert "run_dir" in found.remedy


async def test_a_database_that_cannot_be_opened_is_found(config: Config, tmp_path: Path) -> None:
    """A database below a plain file is an error with its path."""
    (tmp_path / "file").write_text("")
    (found,) = await wrong(replace(config, store=tmp_path / "file/onekey.db"))
    assert (found.level, found.where) == ("error", str(tmp_path / "file/onekey.db"))


async def test_a_database_is_not_made_by_looking(config: Config) -> None:
    """Where none is, it is said so, and none is there afterwards; where one is, it is found writable."""
    assert "no database yet" in describe(await doctor.examine(config))
    assert not config.store.exists()
    config.run_dir.mkdir(exist_ok=True)
    await SqliteStore(config.store).close()
    assert "the database is writable" in describe(await doctor.examine(config))


async def test_a_redis_that_does_not_answer_is_found(config: Config) -> None:
    """With Redis as the store that is what is looked at, and its address is named."""
    (found,) = await wrong(replace(config, store_url="redis://127.0.0.1:1/0"))
    assert (found.level, "127.0.0.1:1" in found.where) == ("error", True)


async def test_an_address_that_is_none_is_found(config: Config) -> None:
    """As an error with what to write, without the password."""
    (found,) = await wrong(replace(config, store_url="redis://:secret@localhost:abc/0"))
    assert (found.level, "redis://host:port/database" in found.remedy) == ("error", True)
    assert "secret" not in f"{found.what}{found.where}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
async def test_a_signing_key_that_others_may_read_is_warned_of(config: Config, mode: int) -> None:
    """Whoever reads the key can sign contexts: path and cure are named."""
    config.run_dir.mkdir()
    key = config.run_dir / "signing.key"
    key.write_text("00")
    key.chmod(mode)
    (found,) = await wrong(config)
    assert (found.level, found.where, found.remedy) == ("warning", str(key), f"chmod 600 {key}")
    assert f"{mode:04o}" in found.what


async def test_every_file_of_secrets_of_a_site_is_looked_at(config: Config, tmp_path: Path) -> None:
    """Token, secrets of switchboards, platforms and peers, keys of another name and the site's own file where a secret stands in it,
    each on its own."""
    site = tmp_path / "onekey.toml"
    site.write_text(
        'signing_key = "the.key"\nsigning_keys_old = ["old.key"]\n[api]\ntoken_file = "token"\n'
        '[[switchboards]]\nsecret_file = "a.secret"\n[[switchboards]]\nsecret = "inline"\n'
        '[[push]]\nsecret_file = "push.secret"\n[[peers]]\ntoken_file = "peer.token"\nsecret_file = "peer.secret"\n'
    )
    names = ("onekey.toml", "token", "a.secret", "push.secret", "peer.token", "peer.secret", "old.key", "the.key")
    for name in names:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    found = [f for f in await doctor.examine(config, site) if f.level == "warning"]
    assert [f.where for f in found] == [str(tmp_path / name) for name in names]


@pytest.mark.parametrize(
    "text",
    [
        'store = "redis://:hunter2@h:6379/0"\n',
        'store = "unix:///run/redis.sock?db=0&password=hunter2"\n',
        '[[push]]\nsecret = "inline"\n',
        '[[peers]]\ntoken = "inline"\n',
        '[[peers]]\nsecret = "inline"\n',
    ],
)
async def test_a_secret_in_the_sites_own_file(config: Config, tmp_path: Path, text: str) -> None:
    """Wherever it stands there: path and cure are named, the secret is not."""
    site = tmp_path / "onekey.toml"
    site.write_text(text)
    site.chmod(0o604)
    (found,) = [f for f in await doctor.examine(config, site) if f.level != "ok"]
    assert (found.level, found.where, found.remedy) == ("warning", str(site), f"chmod 600 {site}")
    assert "hunter2" not in str(found)


async def test_a_site_without_secrets_in_it_may_be_read(config: Config, tmp_path: Path) -> None:
    """A file that only names files of secrets, which are their owner's, is nobody's concern."""
    site, token = tmp_path / "onekey.toml", tmp_path / "token"
    site.write_text('store = "redis://127.0.0.1:6379/0"\n[api]\ntoken_file = "token"\n')
    token.touch()
    site.chmod(0o644)
    token.chmod(0o600)
    assert {f.level for f in await doctor.examine(config, site)} == {"ok"}


@pytest.mark.parametrize("token", ["", "change-me", "brief", "x" * 11, "x" * 40])
async def test_a_weak_token_is_found(config: Config, token: str) -> None:
    """None, the example's, and one that can be tried out are errors, as ``onekey run`` has them; the token itself is not repeated."""
    weak = replace(config, api_token=token)
    (found,) = await wrong(weak)
    assert (found.level, found.where) == ("error", "[api] token")
    assert [found.what] == [one.what for one in weaknesses(weak)]
    assert not token or token not in str(found)


async def test_an_api_open_to_others_is_warned_of(config: Config) -> None:
    """Every address without TLS is a warning: a site may have its reasons."""
    (found,) = await wrong(replace(config, api_host="0.0.0.0"))
    assert found.level == "warning"
    assert "without TLS" in found.what


@pytest.mark.parametrize("host", ["127.0.0.1", "127.30.1.7", "localhost", "::1"])
async def test_loopback_is_not_open_to_others(config: Config, host: str) -> None:
    """Loopback, in any spelling, gives no warning."""
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    assert await wrong(replace(config, api_host=host)) == []


def has_ipv6() -> bool:
    """Whether ::1 can be bound here."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_a_taken_port_is_found(config: Config, taken: int) -> None:
    """It is no gateway, for it does not answer as one: a gateway could not have that port."""
    (found,) = await wrong(replace(config, api_port=taken, action_s=0.2))
    assert (found.level, found.where) == ("warning", f"127.0.0.1:{taken}")
    assert "whoever answers at the API's port is no gateway" in found.what


# --- the link -------------------------------------------------------------------------------------------------------------


def attached(config: Config, port: int, secret: str = "right") -> Config:
    """The site with one switchboard, whose files are not at hand."""
    return replace(
        config,
        switchboards=(SwitchboardConfig(id="12345", host="127.0.0.1", port=port, username="onekey", secret=secret),),
    )


async def test_a_sound_switchboard_is_attached(config: Config) -> None:
    """Its version is told; nothing is wrong."""
    async with FakeAmi() as fake:
        fake.version, fake.members = CLEAN, [MEMBER]
        findings = await doctor.examine(attached(config, fake.port))
    assert {finding.level for finding in findings} == {"ok", "unknown"}
    assert "could not be checked" in describe(findings)
    assert any("attached: Asterisk 22.10.1" in finding.what for finding in findings)


async def test_a_whole_site_with_files_is_found_well(config: Config, tmp_path: Path) -> None:
    """Files and link of one switchboard are both looked at."""
    async with FakeAmi() as fake:
        fake.version, fake.members = CLEAN, [MEMBER]
        whole = replace(config, switchboards=(replace(rendered(tmp_path, "12345"), port=fake.port),))
        findings = await doctor.examine(whole)
    assert [finding.level for finding in findings] == ["ok"] * 8


async def test_a_closed_ami_port_is_found(config: Config) -> None:
    """Nobody listens: address, and what to look at in manager.conf."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        (found,) = await wrong(attached(config, port))
    assert found.level == "error"
    assert "The AMI port cannot be reached" in found.what
    assert found.where == f"12345 onekey@127.0.0.1:{port}"
    assert "manager.conf" in found.remedy


async def test_a_wrong_secret_is_found(config: Config) -> None:
    """Asterisk refuses the account: which, and which section to compare. The secret itself is not repeated."""
    async with FakeAmi() as fake:
        (found,) = await wrong(attached(config, fake.port, "not-the-secret"))
    assert found.level == "error"
    assert "refused to log account onekey in" in found.what
    assert "[onekey]" in found.remedy
    assert "not-the-secret" not in str(found)


async def test_a_secret_that_cannot_be_sent_is_found(config: Config) -> None:
    """A line end in the secret would leave its AMI line (law 8): a finding, not a crash, and nothing is sent."""
    async with FakeAmi() as fake:
        (found,) = await wrong(attached(config, fake.port, "right\nAction: Ping"))
        assert fake.logins == 0
    assert found.level == "error"
    assert "cannot be sent" in found.what
    assert found.where.startswith("12345 ")
    assert "secret" in found.remedy


async def test_a_too_old_asterisk_is_found(config: Config) -> None:
    """The version that runs and the one needed are both told."""
    async with FakeAmi() as fake:
        fake.version = "20.5.0"
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "error"
    assert "This is Asterisk 20.5.0; 22.6.0 or later is needed" in found.what
    assert "Upgrade" in found.remedy


async def test_an_asterisk_with_known_holes_is_warned_of(config: Config) -> None:
    """New enough to transfer, too old to be safe: a warning."""
    async with FakeAmi() as fake:
        fake.version, fake.members = "22.6.0", [MEMBER]
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "warning"
    assert "22.6.0" in found.what
    assert "22.10.1" in found.remedy


async def test_missing_rights_are_found(config: Config) -> None:
    """An account that may not ring a target is told before a call shows it."""
    async with FakeAmi() as fake:
        fake.rights.remove("Originate")
        fake.version, fake.members = CLEAN, [MEMBER]
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "error"
    assert "may not run Originate" in found.what
    assert "write = " in found.remedy


async def test_a_queue_without_members_is_warned_of(config: Config) -> None:
    """No member: no seat would ever be seen."""
    async with FakeAmi() as fake:
        fake.version = CLEAN
        (found,) = await wrong(attached(config, fake.port))
    assert found.level == "warning"
    assert "no queue member" in found.what


async def test_one_switchboard_does_not_hide_the_other(config: Config) -> None:
    """A closed port on one side leaves the other side's findings as they are."""
    async with FakeAmi() as fake:
        fake.members = [MEMBER]
        sound = attached(config, fake.port).switchboards[0]
        findings = await doctor.examine(replace(config, switchboards=(replace(sound, id="110", port=9), sound)))
    assert any(f.level == "error" and f.where.startswith("110 ") for f in findings)
    assert any(f.level == "ok" and f.where.startswith("12345 ") for f in findings)


# --- for people -----------------------------------------------------------------------------------------------------------


def test_what_is_wrong_comes_first() -> None:
    """Errors before warnings before what is well, each cure below its finding, and a count at the end."""
    findings = [Finding("ok", "well", "a"), Finding("warning", "hm", "b", "look"), Finding("error", "bad", "c", "mend")]
    lines = describe(findings).splitlines()
    assert [line.split(": ")[-1].strip() for line in lines[:5]] == ["bad", "→ mend", "hm", "→ look", "well"]
    assert lines[-1] == "1 个错误 / errors"
