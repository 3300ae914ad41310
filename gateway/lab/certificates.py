"""Certificates of a lab with TLS: an authority for the trunk, and one certificate for each switchboard, made by ``openssl``.

A site does the same by hand or has its own authority (``docs/admin.md``, "TLS and SRTP").
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.debian.errors import LabError
from gateway.lab import texts

DAYS = "30"
"""A lab lives for hours."""
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make(folder: Path, switchboards: Mapping[str, Sequence[str]]) -> None:
    """Fill ``folder`` with ``trunk-ca.pem`` and ``<switchboard>.pem`` and ``.key``. ``switchboards`` are their addresses. Raises LabError."""
    folder.mkdir(mode=0o700)
    authority = folder / "trunk-ca"
    subject = ("-subj", "/CN=onekey lab trunk authority", "-days", DAYS)
    _openssl(["req", "-x509", *KEY, *subject, "-keyout", f"{authority}.key", "-out", f"{authority}.pem"])
    for name, hosts in switchboards.items():
        path = folder / name
        names = ",".join(f"IP:{host}" for host in hosts)
        usage = "extendedKeyUsage=serverAuth,clientAuth"
        path.with_suffix(".ext").write_text(f"subjectAltName={names}\n{usage}\n", encoding="utf-8")
        _openssl(["req", *KEY, "-subj", f"/CN={hosts[0]}", "-keyout", f"{path}.key", "-out", f"{path}.csr"])
        signed = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", DAYS)
        _openssl(["x509", "-req", "-in", f"{path}.csr", *signed, "-extfile", f"{path}.ext", "-out", f"{path}.pem"])
    authority.with_suffix(".key").unlink()  # nobody signs another one


def _openssl(words: Sequence[str]) -> None:
    remedy = "apt-get install openssl"
    try:
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=30, umask=0o077)
    except FileNotFoundError:
        raise LabError(texts.NO_OPENSSL_TO_MAKE_CERTIFICATES, "PATH", remedy) from None
    except subprocess.SubprocessError as error:
        told = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error).encode()
        what = texts.OPENSSL_MADE_NO_CERTIFICATE
        raise LabError(what, told.decode(errors="replace").strip()[-300:], remedy) from None
