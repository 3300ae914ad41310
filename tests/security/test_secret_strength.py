"""Secrets that a guess finds, and those that it does not."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import app
from gateway.config import site_file
from gateway.config.settings import SECRETS_MIN, Config, ConfigError, PeerConfig, PushTarget, SwitchboardConfig
from gateway.security.secret_strength import strong_key, weakness, weaknesses

STRONG = "5hJd8-Qm2Zx0pLt7RkWv9"
WEBHOOK = STRONG * 2


@pytest.mark.parametrize(
    "secret",
    [
        "", "x", "change-me", "CHANGE-ME", "changeme123!", "password2026", "admin", "hotline-12345", "aaaaaaaaaaaa", "a" * 200, "123456789012", "abcdefghijklmnop",
        "zyxwvutsrqponmlk", "abcabcabcabcabc", "12121212121212", "1" * 6 + "2" * 6 + "3" * 6, "changeme-changeme-", "short",
    ],
)  # fmt: skip
def test_a_guess_finds_it(secret: str) -> None:
    """An example's, a default's, a short one, a run, a rhythm."""
    assert weakness(secret, 12)


def test_what_chance_has_made_is_strong() -> None:
    """A thousand of each kind that our own advice makes, and the lab's."""
    letters = string.ascii_letters + string.digits
    for _ in range(1000):
        for made in (
            secrets.token_urlsafe(9),
            secrets.token_hex(12),
            "".join(secrets.choice(letters) for _ in range(12)),
        ):
            assert weakness(made, 12) == "", made
        assert strong_key(secrets.token_bytes(32))


@pytest.mark.parametrize("key", [b"k" * 32, bytes(32), b"0123" * 8, b"short"])
def test_a_key_that_nobody_made_by_chance(key: bytes) -> None:
    """It signs what anybody can sign."""
    assert not strong_key(key)


def config(tmp_path: Path) -> Config:
    """A site whose secrets are strong."""
    board = SwitchboardConfig(id="12345", host="127.0.0.1", port=5038, username="onekey", secret=STRONG)
    return Config(
        switchboards=(board,), run_dir=tmp_path, rules=tmp_path / "rules.yaml", store=tmp_path / "onekey.db", signing_key=secrets.token_bytes(32), api_token=STRONG,
        push=(PushTarget(switchboard="110", url="http://x", secret=WEBHOOK.encode()),), peers=(PeerConfig(switchboard="119", url="http://x", token=STRONG, secret=WEBHOOK.encode()),),
    )  # fmt: skip


def test_each_secret_of_a_site_is_looked_at(tmp_path: Path) -> None:
    """Token, AMI, push, peers' token and secret, the key that signs and those that did; none is repeated in what is said."""
    site = config(tmp_path)
    assert weaknesses(site) == []
    weak = {
        "[api] token": replace(site, api_token="hunter2"),
        "[[switchboards]] 12345 secret": replace(site, switchboards=(replace(site.switchboards[0], secret="hunter2"),)),
        "[[push]] 110 secret": replace(site, push=(replace(site.push[0], secret=b"hunter2"),)),
        "[[peers]] 119 token": replace(site, peers=(replace(site.peers[0], token="hunter2"),)),
        "[[peers]] 119 secret": replace(site, peers=(replace(site.peers[0], secret=b"hunter2"),)),
        "signing_key": replace(site, signing_key=bytes(32)),
        "signing_keys_old": replace(site, signing_keys_old=(bytes(32),)),
    }
    for where, changed in weak.items():
        (found,) = weaknesses(changed)
        assert found.where == where
        assert "hunter2" not in f"{found.what}{found.remedy}"
    assert weaknesses(replace(site, peers=(PeerConfig(switchboard="119", secret=WEBHOOK.encode()),))) == []


async def test_a_gateway_with_a_weak_secret_does_not_start(tmp_path: Path) -> None:
    """It says which, before it opens anything."""
    with pytest.raises(ConfigError, match="token") as raised:
        await app.run(replace(config(tmp_path / "run"), api_token="change-me"))
    assert "change-me" not in str(raised.value)
    assert not (tmp_path / "run").exists()


def test_the_example_does_not_start_as_it_is() -> None:
    """Whoever copies it chooses secrets first."""
    text = (Path(__file__).parents[2] / "onekey.example.toml").read_text("utf-8")
    assert text.count('"change-me"') == 3
    assert weakness("change-me", 1)


def test_a_site_says_how_long_its_secrets_are(tmp_path: Path) -> None:
    """More than the default, or less down to a floor; below it the configuration is none."""
    small = '[api]\ntoken = "t"\n[[switchboards]]\nid = "110"\nhost = "h"\nusername = "u"\nsecret = "s"\n'
    path = tmp_path / "onekey.toml"
    path.write_text(f"{small}[secrets]\ntoken_chars_min = 40\n")
    assert site_file.load(path).secrets_min == {**SECRETS_MIN, "token_chars": 40}
    path.write_text(f"{small}[secrets]\nami_chars_min = 7\nother = 1\n")
    with pytest.raises(ConfigError) as raised:
        site_file.load(path)
    assert {where for where, _, _ in raised.value.problems} == {"secrets.ami_chars_min", "secrets.other"}
