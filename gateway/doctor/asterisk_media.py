"""Audio of this Asterisk, and who hears whom on it: its codecs, and whether it carries Debian's patch that makes them deaf.

What can be had: the version, which every AMI account with ``reporting`` may read; whether a module is loaded, by the dialplan function
``IFMODULE`` of ``func_module.so``, which ``Getvar`` may ask (AMI's own ``ModuleCheck`` and ``Command`` need rights that onekey never wants);
``modules.conf``; and the modules on the disk, where the Asterisk is on this machine. A version can lie, so each finding says how sure it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.ami import Link
from gateway.doctor import texts
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
    return [_no_codec(where, texts.MODULES_CONF_LACKS, version)]


def loads(modules: Sections, name: str) -> bool:
    """True where these lines load a module (Asterisk's ``load``, ``preload``, ``require``, and ``autoload`` but for ``noload``)."""
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
    """True where a module is loaded; None where the Asterisk does not tell (no ``func_module.so``, no right)."""
    reply = await link.request("Getvar", ("Variable", f"IFMODULE({module})"))
    return {"1": True, "0": False}.get(reply.get("Value")) if reply.ok else None


def judged(version: str, evidence: Evidence, where: str) -> Iterator[Finding]:
    """The verdict on one Asterisk, in words, and how sure it is."""
    origin = of(version)
    if evidence.codec is False:
        yield _no_codec(where, texts.RUNNING_ASTERISK_LACKS, version)
    if origin is Origin.DEBIAN:
        yield Finding("warning", texts.PATCHED_CERTAINLY(patched=texts.PATCHED_SOUND_IS_KEPT.zh, recordings=_RECORDINGS[evidence.records], version=version, patched_en=texts.PATCHED_SOUND_IS_KEPT.en), where, _REMEDY)  # fmt: skip
    elif evidence.debians and origin is not Origin.BUILT:
        names = ", ".join(evidence.debians)
        what = texts.VERSION_LOOKS_CLEAN(version=version, names=names)
        yield Finding(
            "warning",
            texts.WHAT_IT_MEANS(
                what=what,
                means=texts.IF_PATCHED_RECORDINGS_LACK_ONE.zh,
                means_en=texts.IF_PATCHED_RECORDINGS_LACK_ONE.en,
            ),
            where,
            _REMEDY,
        )
    elif origin is Origin.BUILT:
        yield Finding("ok", texts.WITHOUT_THE_PATCH, where)  # fmt: skip
    elif origin is Origin.UPSTREAM:
        yield Finding("ok", texts.BY_ITS_VERSION_WITHOUT_THE_PATCH(unseen=_unseen(evidence)), where)  # fmt: skip
    else:
        what = texts.IT_CANNOT_BE_TOLD_WHETHER(version=version)
        yield Finding(
            "warning",
            texts.WHAT_IT_MEANS(
                what=what,
                means=texts.IF_PATCHED_RECORDINGS_LACK_ONE.zh,
                means_en=texts.IF_PATCHED_RECORDINGS_LACK_ONE.en,
            ),
            where,
            _REMEDY,
        )


_REMEDY = texts.RUN_AN_ASTERISK_WITHOUT_THE_PATCH(page=PAGE)


_WHOLE = texts.RECORDINGS_LACK_ONE
_RECORDINGS = {
    True: texts.IT_RECORDS(whole=_WHOLE),
    False: texts.IT_DOES_NOT_RECORD_YET(whole=_WHOLE),
    None: texts.WHERE_IT_RECORDS(whole=_WHOLE),
}


def _unseen(evidence: Evidence) -> str:
    return texts.NOTHING_SPEAKS_AGAINST_IT if evidence.codec is not None else texts.MODULES_CANNOT_BE_LOOKED_AT


def _no_codec(where: str, place: str, version: str) -> Finding:
    """On an Asterisk with the patch people go deaf; on one without it each word costs a little more work."""
    clean = bool(version) and of(version) is Origin.BUILT
    means = texts.SOUND_IS_TRANSLATED_TWICE if clean else texts.NOT_HEARD_WHERE_PATCHED
    what = texts.TWO_LAWS(place=place, codec=CODEC) + means
    remedy = texts.ADD_THAT_LINE(codec=CODEC)
    return Finding("warning" if clean else "error", what, where, remedy)
