"""``asterisk-onekey_….deb``: the Asterisk that was built in the cache, as a package for a site's machines of the same release.

It lies where Debian's own lies, so a site's ``asterisk.conf`` fits both, and takes its place (Conflicts, Replaces, Provides). It owns nothing
in ``/etc/asterisk``: those files are the site's, no upgrade asks about them and no purge deletes them. It is not started before they are
there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.config.settings import site_path
from gateway.debian.apt import Say
from gateway.debian.errors import LabError
from gateway.durable_file import put_in_place
from gateway.lab import texts
from gateway.lab.built import MANIFEST, Built

NAME = "asterisk-onekey"
REVISION = 1
DEBIANS = "asterisk, asterisk-modules, asterisk-config"
"""Debian's packages whose files lie at the same places. ``asterisk-config`` is in the way too: its purge would delete the site's files."""
OWN = (
    "/var/lib/asterisk",
    "/var/log/asterisk",
    "/var/log/asterisk/cel-custom",
    "/var/spool/asterisk",
    "/var/spool/asterisk/monitor",
)
"""Folders that the daemon writes to."""

UNIT = """[Unit]
Description=Asterisk (onekey, without the patch that makes calls of three deaf)
Documentation=man:asterisk(8)
Wants=network-online.target
After=network-online.target
# not before a site's configuration is there
ConditionPathExists=/etc/asterisk/asterisk.conf

[Service]
Type=notify
User=asterisk
Group=asterisk
RuntimeDirectory=asterisk
RuntimeDirectoryMode=0750
UMask=0027
ExecStart=/usr/sbin/asterisk -g -f -p -C /etc/asterisk/asterisk.conf
ExecReload=/usr/sbin/asterisk -rx 'core reload'
# a call that runs is not cut by a crash of one minute
Restart=on-failure
RestartSec=2
LimitNOFILE=65536
LimitCORE=infinity
AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_NICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SYS_NICE CAP_NET_ADMIN
NoNewPrivileges=true
ProtectSystem=full
ProtectHome=true
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""
LOGROTATE = site_path("asterisk-conf") / "site" / "logrotate"
"""The same file for every site, whatever its Asterisk came from."""
POSTINST = f"""#!/bin/sh
set -e
if [ "$1" = configure ]; then
    if ! getent passwd asterisk >/dev/null; then
        adduser --system --group --quiet --home /var/lib/asterisk --no-create-home --gecos "Asterisk PBX daemon" asterisk
    fi
    # at the first installation only: what a site has changed since stays
    if [ -z "$2" ]; then
        for folder in {" ".join(OWN)}; do
            if ! dpkg-statoverride --list "$folder" >/dev/null; then
                chown asterisk:asterisk "$folder"
                chmod 0750 "$folder"
            fi
        done
        # passwords stand in it: readable by the daemon and by root
        if ! dpkg-statoverride --list /etc/asterisk >/dev/null; then
            chown root:asterisk /etc/asterisk
            chmod 0750 /etc/asterisk
        fi
    fi
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload || true
        systemctl enable asterisk.service >/dev/null 2>&1 || true
        # a running one goes on with its calls: the site says when it is restarted
        if [ -z "$2" ]; then systemctl start asterisk.service || true; fi
    fi
fi
exit 0
"""
PRERM = """#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl stop asterisk.service || true
    systemctl disable asterisk.service >/dev/null 2>&1 || true
fi
exit 0
"""
POSTRM = """#!/bin/sh
set -e
# a purge deletes no recording, no log and no configuration: they are the site's
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
exit 0
"""
README = """Asterisk of onekey
==================
Compiled from Debian's own source package ({source}) with these of its patches alone:
{patches}
It leaves out 2016_opus_plc.patch and the opus, AMR and MP3 patches beside it. docs/install.md of onekey says why.
The source is Debian's, with this version number, and `make asterisk-deb` of onekey builds this package from it again.
"""


def version_of(manifest: Mapping[str, Any]) -> str:
    """The package's version: the release that it was built on is a part of it, for it fits no other."""
    release = str(manifest["distribution"]).rsplit("-", 1)[0]
    return f"{manifest['upstream']}-{REVISION}~{release}"


def control(manifest: Mapping[str, Any], architecture: str, size_kb: int) -> str:
    """The package's control file (deb-control(5))."""
    depends = ", ".join(sorted({"adduser", *manifest["depends"]}))
    return f"""Package: {NAME}
Version: {version_of(manifest)}
Architecture: {architecture}
Maintainer: onekey <onekey@localhost>
Section: comm
Priority: optional
Installed-Size: {size_kb}
Depends: {depends}
Recommends: asterisk-moh-opsound-wav
Conflicts: {DEBIANS}
Replaces: {DEBIANS}
Provides: asterisk (= 1:{manifest["upstream"]})
Description: Asterisk {manifest["upstream"]} without the patch that makes calls of three deaf
 Debian's Asterisk carries a patch (2016_opus_plc.patch) by which a party hears
 nothing after some joins, and recordings across transfers lose a person.
 This is the same source, compiled without it, for onekey's one-key transfers.
 .
 It owns no file in /etc/asterisk and starts when /etc/asterisk/asterisk.conf is
 there.
"""


def make(built: Built, into: Path, say: Say) -> Path:
    """Write the package into a folder. No root is needed: every file in it is root's. Raises LabError."""
    if shutil.which("dpkg-deb") is None:
        remedy = texts.MAKE_THE_PACKAGE_ON_DEBIAN
        raise LabError(texts.DPKG_DEB_IS_MISSING, "PATH", remedy)
    manifest = built.manifest
    architecture = _output(["dpkg", "--print-architecture"]).strip()
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into) as folder:
            root = Path(folder) / "package"
            lay_out(built, root)
            _metadata(root, manifest, architecture)
            path = into / f"{NAME}_{version_of(manifest)}_{architecture}.deb"
            say(texts.PACKING_NAME(name=path.name))
            partial = path.with_suffix(".partial")
            # xz: dpkg of every release reads it
            _output(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(partial)])
            put_in_place(partial, path)
    except OSError as error:
        remedy = texts.CHECK_ITS_RIGHTS_AND_DISK_SPACE
        raise LabError(texts.PACKAGE_CANNOT_BE_WRITTEN(strerror=error.strerror), str(into), remedy) from None
    return path


def lay_out(built: Built, root: Path) -> None:
    """The files of the package below ``root``. Libraries and music stay out: the machine's packages have them."""
    outside = shutil.ignore_patterns("moh")
    shutil.copytree(built.root / "usr", root / "usr", symlinks=True, ignore=outside)
    for folder in (*OWN, "/etc/asterisk", "/usr/lib/systemd/system", "/etc/logrotate.d"):
        (root / folder[1:]).mkdir(parents=True, exist_ok=True)
    (root / "usr/lib/systemd/system/asterisk.service").write_text(UNIT, encoding="utf-8")
    (root / f"etc/logrotate.d/{NAME}").write_bytes(LOGROTATE.read_bytes())
    about = root / f"usr/share/doc/{NAME}"
    about.mkdir(parents=True, exist_ok=True)
    shutil.copy(built.root / MANIFEST, about / MANIFEST)
    patches = "\n".join(f"  {name}.patch" for name in built.manifest["patches"])
    text = README.format(source=built.manifest["source"], patches=patches)
    (about / "README").write_text(text, encoding="utf-8")


def _metadata(root: Path, manifest: Mapping[str, Any], architecture: str) -> None:
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            # what the builder's umask left would be what a site gets
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    size_kb = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    (root / "DEBIAN").mkdir(mode=0o755)
    members = {
        "control": control(manifest, architecture, size_kb),
        "conffiles": f"/etc/logrotate.d/{NAME}\n",
        "postinst": POSTINST,
        "prerm": PRERM,
        "postrm": POSTRM,
    }
    for name, text in members.items():
        path = root / "DEBIAN" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if text.startswith("#!") else 0o644)


def _output(words: list[str]) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.strip()[-300:] if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise LabError(texts.PACKAGE_CANNOT_BE_MADE(said=said), " ".join(words), texts.CHECK_DISK_SPACE) from None
