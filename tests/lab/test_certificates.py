"""Certificates of a lab with TLS: each is signed by the trunk's authority, for its own addresses, and its key is its owner's alone."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from gateway.debian.errors import LabError
from gateway.lab import certificates

HOSTS = {"12345": ("127.30.1.2", "127.30.1.1"), "110": ("127.30.1.4", "127.30.1.3")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Certificates of two switchboards."""
    certificates.make(tmp_path / "certificates", HOSTS)
    return tmp_path / "certificates"


def test_each_certificate_is_of_the_authority_and_names_its_addresses(folder: Path) -> None:
    """Both addresses of a switchboard stand in its certificate, and no other's; a client may show it as well as a server."""
    for side, hosts in HOSTS.items():
        words = [
            "openssl",
            "verify",
            "-CAfile",
            folder / "trunk-ca.pem",
            "-purpose",
            "sslclient",
            folder / f"{side}.pem",
        ]
        assert subprocess.run(words, capture_output=True, check=False).returncode == 0
        shown = subprocess.run(
            ["openssl", "x509", "-in", folder / f"{side}.pem", "-noout", "-ext", "subjectAltName"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert [word.strip().rstrip(",") for word in shown.split("IP Address:")[1:]] == list(hosts)


def test_a_key_fits_its_certificate_and_is_its_owners_alone(folder: Path) -> None:
    """Mode 0600 in a folder 0700; the authority's own key is gone: nobody signs another certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "12345.pem", folder / "12345.key")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.key")} == {0o600}
    assert sorted(path.name for path in folder.glob("*.key")) == ["110.key", "12345.key"]


def test_without_openssl_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left half made in silence."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError) as caught:
        certificates.make(tmp_path / "certificates", HOSTS)
    assert caught.value.remedy == "apt-get install openssl"
