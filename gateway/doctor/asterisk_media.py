"""Whether people hear one another on this Asterisk: its codecs, and whether it carries Debian's patch that makes them deaf.

What can be had: the version, which every AMI account with ``reporting`` may read; whether a module is loaded, by the dialplan function
``IFMODULE`` of ``func_module.so``, which ``Getvar`` may ask (AMI's own ``ModuleCheck`` and ``Command`` need rights that onekey never wants);
``modules.conf``; and the modules on the disk, where the Asterisk is on this machine. A version can lie, so each finding says how sure it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.ami import Link
from gateway.doctor.asterisk_config import Sections, read_all, sections
from gateway.doctor.findings import Finding
from gateway.lab.origin import Origin, of

CODEC = "codec_a_mu.so"
"""A-law to µ-law in one step. Without it the two meet in linear audio, where the patch makes them deaf at once: 63 of 80 joins."""
RECORDER = "app_mixmonitor.so"
DEBIANS = ("codec_opus_open_source.so", "format_ogg_opus_open_source.so", "res_format_attr_amr.so", "codec_amr.so")
"""Modules of Debian's opus and AMR patches: upstream's source has none of these names. Whoever added them may have added the third."""
PAGE = "docs/install.md"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence beside the version. ``None``: it could not be seen."""

    codec: bool | None = None
    records: bool | None = None
    debians: tuple[str, ...] = ()


def written(folder: Path, version: str = "") -> list[Finding]:
    """Findings of ``modules.conf`` about the codec. ``version``, where it is known, says how much depends on it."""
    modules = read_all(folder, [])["modules"]
    where = str(folder / "modules.conf")
    if not modules or loads(modules, CODEC):
        return []  # a file that cannot be read has been said
    return [_no_codec(where, "modules.conf 里没有 / modules.conf lacks", version)]


def loads(modules: Sections, name: str) -> bool:
    """Whether these lines load a module (Asterisk's ``load``, ``preload``, ``require``, and ``autoload`` but for ``noload``)."""
    lines = modules.get("modules", [])
    plain = name.removesuffix(".so")
    named = {word for word, value in lines if value in (name, plain)}
    if "noload" in named:
        return False
    asked = any(word.removeprefix("pre") in ("load", "require", "load-require") for word in named)
    return asked or dict(lines).get("autoload", "no") in ("yes", "true", "1", "on")


def beside(folder: Path) -> Evidence:
    """Evidence of the files: whether the site records, and Debian's modules on this machine's disk."""
    read = read_all(folder, [])["modules"]
    directories = dict(_sections_of(folder / "asterisk.conf").get("directories", []))
    place = Path(directories.get("astmoddir", "/nonexistent"))
    found = tuple(name for name in DEBIANS if (place / name).is_file())
    return Evidence(None, loads(read, RECORDER) if read else None, found)


def _sections_of(path: Path) -> Sections:
    try:
        return sections(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return {}


async def running(link: Link, version: str, folder: Path | None, where: str) -> list[Finding]:
    """The version of the Asterisk that answers, and whether it has the codec. Raises LinkDown, NoAnswer."""
    files = beside(folder) if folder is not None else Evidence()
    codec = await _loaded(link, CODEC)
    records = await _loaded(link, RECORDER)
    seen = [name for name in DEBIANS if await _loaded(link, name)]
    evidence = Evidence(
        codec, files.records if records is None else records, tuple(dict.fromkeys([*files.debians, *seen]))
    )
    return list(judged(version, evidence, where))


async def _loaded(link: Link, module: str) -> bool | None:
    """Whether a module is loaded; None where the Asterisk does not tell (no ``func_module.so``, no right)."""
    reply = await link.request("Getvar", ("Variable", f"IFMODULE({module})"))
    return {"1": True, "0": False}.get(reply.get("Value")) if reply.ok else None


def judged(version: str, evidence: Evidence, where: str) -> Iterator[Finding]:
    """The verdict on one Asterisk, in words, and how sure it is."""
    origin = of(version)
    if evidence.codec is False:
        yield _no_codec(where, "运行中的 Asterisk 没有加载 / the Asterisk that runs has not loaded", version)
    if origin is Origin.DEBIAN:
        yield Finding("warning", f"{_PATCHED}{_RECORDINGS[evidence.records]}（把握：确定，版本 {version}） / {_PATCHED_EN} (certain, by version {version})", where, _REMEDY)  # fmt: skip
    elif evidence.debians and origin is not Origin.BUILT:
        names = ", ".join(evidence.debians)
        what = (
            f"版本 {version} 看似不带补丁，但有 Debian 补丁的模块（{names}），很可能也带那个让人听不见的补丁"
            f" / version {version} looks clean, but modules of Debian's patches are there ({names}): the patch probably is, too"
        )
        yield Finding("warning", f"{what}。{_MEANS} / {_MEANS_EN}", where, _REMEDY)
    elif origin is Origin.BUILT:
        yield Finding("ok", "Asterisk 不带补丁，三方通话和录音完整（把握：确定，由 onekey 构建） / without the patch: calls of three and recordings are whole (certain: built by onekey)", where)  # fmt: skip
    elif origin is Origin.UPSTREAM:
        yield Finding("ok", f"Asterisk 看版本不带补丁（把握：很可能；{_unseen(evidence)}） / by its version without the patch (likely: nothing speaks against it)", where)  # fmt: skip
    else:
        what = f"看不出 Asterisk {version} 是否带 Debian 的补丁 / it cannot be told whether this Asterisk has Debian's patch"
        yield Finding("warning", f"{what}。{_MEANS} / {_MEANS_EN}", where, _REMEDY)


_MEANS = "若带补丁，转接之后的录音会缺一个人的声音（实测 36 份录音只有 9 份完整）"
_MEANS_EN = "if it has, recordings across transfers lose a person (9 of 36 were whole)"
_PATCHED = "Asterisk 带 Debian 的 opus 补丁：三方通话的声音由拨号方案逐次清理来保住"
_PATCHED_EN = (
    "with Debian's opus patch: the audio of three is kept by the dialplan's cleaning, "
    "recordings across transfers lose a person (9 of 36 were whole)"
)
_REMEDY = f"需要录音的单位请换不带补丁的 Asterisk（{PAGE}） / a site that records runs an Asterisk without it ({PAGE})"


_WHOLE = "转接之后的录音会缺一个人的声音（实测 36 份只有 9 份完整）"
_RECORDINGS = {
    True: f"；本机在录音：{_WHOLE}",
    False: f"；本机没有加载录音模块，一旦录音：{_WHOLE}",
    None: f"；{_WHOLE}",
}


def _unseen(evidence: Evidence) -> str:
    return "没有发现相反的迹象" if evidence.codec is not None else "没有加载 func_module.so，无从核对模块"


def _no_codec(where: str, place: str, version: str) -> Finding:
    """On an Asterisk with the patch people go deaf; on one without it each word costs a little more work."""
    clean = bool(version) and of(version) is Origin.BUILT
    what = (
        f"{place} {CODEC}：一方用 A 律、另一方用 μ 律时，"
        + ("声音多绕一道转换" if clean else "带补丁的 Asterisk 上会听不见")
    ) + (
        " / A-law and µ-law then meet by a detour"
        if clean
        else " / with the patch, A-law and µ-law do not hear one another then"
    )
    remedy = f"在 modules.conf 加 load = {CODEC}，然后 module load {CODEC} / add that line, then `module load {CODEC}` on its console"
    return Finding("warning" if clean else "error", what, where, remedy)
