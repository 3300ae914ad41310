"""What a site installs: ``wheel``, ``deb`` and ``bundle`` (``make wheel``, ``make deb``, ``make bundle``), below ``build/dist``.

The wheel has everything that ships in it, prompts as wav files among it. The Debian package brings its own Python libraries, since a site has no package
index; it is for the Python of the machine that it is built on. The bundle is one archive for a network without Internet.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from gateway.debian import packages
from scripts.version import ROOT, debian_version, version

DIST = ROOT / "build/dist"
PACKAGING = ROOT / "packaging"
EXTRAS = "charts,export"
"""What a site's reports and exports need. The simulated phones stay out: pyVoIP is GPL-3.0 and PJSIP GPL-2.0."""
PYTHON = "/usr/bin/python3"
"""The Python that the Debian package runs on."""
DOCS = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE")


def run(*words: str) -> str:
    """A program's output. Raises SystemExit with what it said."""
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words[:4])} …: {done.stderr.strip()[-2000:]}")
    return done.stdout


def constraints() -> Path:
    """Versions of ``requirements.lock`` without its hashes, for what is installed beside our own wheel."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = [line.rstrip(" \\") for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    DIST.mkdir(parents=True, exist_ok=True)
    path = DIST / "constraints.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def wheel() -> Path:
    """Build the wheel. The prompts are spoken first, where they are not yet."""
    onekey = Path(sys.executable).parent / "onekey"
    run(str(onekey), "prompts", "make", str(ROOT / "build/prompts"))
    for old in DIST.glob("onekey-*.whl"):
        old.unlink()
    constraints()
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(DIST),
        str(ROOT),
    )
    return next(DIST.glob("onekey-*.whl"))


def deb() -> Path:
    """Build the Debian package. No root is needed."""
    built = wheel()
    number, architecture = debian_version(version()), run("dpkg", "--print-architecture").strip()
    python = run(PYTHON, "-c", "import sys; print(*sys.version_info[:2])").split()
    with tempfile.TemporaryDirectory(dir=DIST) as folder:
        root = Path(folder) / "package"
        library = root / "usr/lib/onekey"
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(library)]
        words += ["--python-version", ".".join(python), "--only-binary", ":all:", "--constraint", str(constraints())]
        run(*words, f"{built}[{EXTRAS}]")
        shutil.rmtree(library / "bin", ignore_errors=True)
        lay_out(root)
        control(root / "DEBIAN", number, architecture, python)
        path = DIST / f"onekey_{number}_{architecture}.deb"
        run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z6", "--build", str(root), str(path))
    return path


def lay_out(root: Path) -> None:
    """Everything but the libraries: the launcher, the unit, what logs and folders need, examples, monitoring and pages."""
    for source, target, mode in (
        (PACKAGING / "launcher", "usr/bin/onekey", 0o755),
        (PACKAGING / "onekey.service", "usr/lib/systemd/system/onekey.service", 0o644),
        (PACKAGING / "logrotate", "etc/logrotate.d/onekey", 0o644),
        (PACKAGING / "tmpfiles.conf", "usr/lib/tmpfiles.d/onekey.conf", 0o644),
        (PACKAGING / "sysusers.conf", "usr/lib/sysusers.d/onekey.conf", 0o644),
        (ROOT / "onekey.example.toml", "usr/share/doc/onekey/examples/onekey.example.toml", 0o644),
        (ROOT / "site.example.toml", "usr/share/doc/onekey/examples/site.example.toml", 0o644),
        *((ROOT / name, f"usr/share/doc/onekey/{name}", 0o644) for name in DOCS),
    ):
        path = root / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        path.chmod(mode)
    shutil.copytree(ROOT / "docs", root / "usr/share/doc/onekey", dirs_exist_ok=True)
    shutil.copytree(ROOT / "monitoring", root / "usr/share/onekey/monitoring", dirs_exist_ok=True)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def control(folder: Path, number: str, architecture: str, python: list[str]) -> None:
    """The package's own description and scripts."""
    folder.mkdir(parents=True)
    major, minor = python
    size_kb = sum(path.stat().st_size for path in folder.parent.rglob("*") if path.is_file()) // 1024
    fields = {
        "Package": "onekey",
        "Version": number,
        "Architecture": architecture,
        "Maintainer": "onekey <root@localhost>",
        "Installed-Size": str(size_kb),
        "Depends": f"python3 (>= {major}.{minor}), python3 (<< {major}.{int(minor) + 1}), passwd, logrotate",
        "Recommends": "fonts-wqy-microhei | fonts-noto-cjk",
        "Suggests": "asterisk-onekey | asterisk",
        "Section": "comm",
        "Priority": "optional",
        "Description": "one-key transfer gateway between 12345 and 110, on Asterisk\n Moves a caller with one key between China's government hotline and the police"
        "\n switchboard. Asterisk carries the calls, and goes on carrying them without it.",
    }
    (folder / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()), encoding="utf-8")
    (folder / "conffiles").write_text("/etc/logrotate.d/onekey\n", encoding="utf-8")
    for name in ("postinst", "prerm", "postrm"):
        shutil.copyfile(PACKAGING / name, folder / name)
        (folder / name).chmod(0o755)


def bundle() -> Path:
    """One archive for a network without Internet: the Debian package, the wheels for ``pipx``, prompts, fonts, and an Asterisk without the patch
    where ``make asterisk-deb`` has made one."""
    number = version()
    made = [*DIST.glob(f"onekey_{debian_version(number)}_*.deb"), *DIST.glob(f"onekey-{number}-*.whl")]
    package = made[0] if len(made) == 2 else deb()
    fonts = packages.ensure("fonts").root
    with tempfile.TemporaryDirectory(dir=DIST) as scratch:
        folder = Path(scratch) / f"onekey-{number}"
        (folder / "wheels").mkdir(parents=True)
        shutil.copy(package, folder)
        for asterisk in (ROOT / "build").glob("asterisk-onekey_*.deb"):
            shutil.copy(asterisk, folder)
        built = next(DIST.glob("onekey-*.whl"))
        words = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--dest",
            str(folder / "wheels"),
            "--only-binary",
            ":all:",
        ]
        run(*words, "--constraint", str(constraints()), f"{built}[{EXTRAS}]")
        shutil.copy(built, folder / "wheels")
        shutil.copytree(ROOT / "build/prompts", folder / "prompts")
        (folder / "fonts").mkdir()
        for path in fonts.glob("usr/share/fonts/**/*.tt[cf]"):
            shutil.copy(path, folder / "fonts")
        shutil.copytree(ROOT / "docs", folder / "docs")
        shutil.copyfile(PACKAGING / "bundle-install.sh", folder / "install.sh")
        (folder / "install.sh").chmod(0o755)
        sums = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n"
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
        path = DIST / f"onekey-{number}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, arcname=folder.name)
    return path


def main() -> None:
    """Make what is asked for, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("wheel", "deb", "bundle"))
    made = {"wheel": wheel, "deb": deb, "bundle": bundle}[parser.parse_args().what]()
    print(f"{made}  {made.stat().st_size / 1_000_000:.1f} MB")


if __name__ == "__main__":
    main()
