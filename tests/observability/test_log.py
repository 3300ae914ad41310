"""Logs: one JSON line each, no telephone number in any of them, and no harm from a full disk."""

from __future__ import annotations

import io
import json
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.observability import log

NUMBER = "13800000001"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What a test configures for the whole process is taken back."""
    root, ours = logging.getLogger(), logging.getLogger("gateway")
    was, config = (root.handlers, root.level, ours.level), structlog.get_config()
    yield
    factory = structlog.get_config()["logger_factory"]
    if factory is not config["logger_factory"]:
        file = getattr(factory(), "_file", None)
        if isinstance(file, io.BufferedWriter):
            close(file)
    structlog.configure(**config)
    root.handlers = was[0]
    root.setLevel(was[1])
    ours.setLevel(was[2])


def close(file: io.BufferedWriter) -> None:
    """Close a log file, on a full disk too."""
    try:
        file.close()
    except OSError:
        pass


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a log file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log file that is in use."""
    log.configure(tmp_path / "onekey.log")
    return tmp_path / "onekey.log"


def masked(value: object) -> Any:
    """A value as a log line shows it."""
    return log.mask_numbers(None, "", {"x": value})["x"]


# --- numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (NUMBER, "138****0001"),
        (f"caller {NUMBER} hung up", "caller 138****0001 hung up"),
        (f"caller {NUMBER}.", "caller 138****0001."),
        (f"来电{NUMBER}已挂机", "来电138****0001已挂机"),
        (f"<{NUMBER}>,{NUMBER}", "<138****0001>,138****0001"),
        ("+8613800000001", "+861****0001"),
        ("01012345678", "010****5678"),
        (f"sip:{NUMBER}@10.0.0.1", "sip:138****0001@10.0.0.1"),
        (f"Local/{NUMBER}@onekey-ring", "Local/138****0001@onekey-ring"),
        (f"PJSIP/{NUMBER}-0000000a", "PJSIP/138****0001-0000000a"),
    ],
)
def test_a_number_is_masked(text: str, shown: str) -> None:
    """The middle of a telephone number does not show, wherever it stands: in a sentence, Chinese, a URI or a channel."""
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "12345", "110", "1001", "12345.1795466155662999.800", "12345-1795466155.17", "1795466155.662999", "127.0.0.1",
        "k13800000001", "PJSIP/1001-0000000a", "2026-11-24T13:58:44.339659Z", "13800000001a", "0x13800000001",
    ],
)  # fmt: skip
def test_an_id_is_not_masked(text: str) -> None:
    """Ids of presses, channels and seats, instants and addresses stay whole: they join the logs."""
    assert masked(text) == text


def test_a_number_is_masked_however_deep() -> None:
    """Lists and tables inside a value are masked as well; what is no text stays what it is."""
    assert masked({"a": [NUMBER, {"b": (NUMBER, 5, None)}]}) == {"a": ["138****0001", {"b": ["138****0001", 5, None]}]}
    assert masked(5) == 5


def test_our_own_ids_are_left_alone() -> None:
    """The two ids that join a line with Asterisk's logs are never touched."""
    line = {"transfer": NUMBER, "linkedid": NUMBER, "reason": NUMBER, "event": NUMBER}
    assert log.mask_numbers(None, "", line) == {
        "transfer": NUMBER, "linkedid": NUMBER, "reason": "138****0001", "event": "138****0001",
    }  # fmt: skip


# --- a file -----------------------------------------------------------------------------------------------------------------


def test_a_line_is_json(path: Path) -> None:
    """Each line is one JSON object with event, level, an instant in UTC, and the values that were given."""
    structlog.get_logger("x").info("transfer", transfer="12345.1.2", linkedid="12345-1.1", reason="无人接听")
    (line,) = lines(path)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "transfer", "level": "info", "transfer": "12345.1.2", "linkedid": "12345-1.1", "reason": "无人接听",
    }  # fmt: skip
    assert "无人接听" in path.read_text(encoding="utf-8")


def test_a_log_file_is_its_owners_alone(path: Path) -> None:
    """A log is created for its owner only."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_file_is_continued(tmp_path: Path) -> None:
    """A restart writes behind what is there."""
    (tmp_path / "onekey.log").write_text('{"event": "before"}\n')
    log.configure(tmp_path / "onekey.log")
    structlog.get_logger("x").info("after")
    assert [line["event"] for line in lines(tmp_path / "onekey.log")] == ["before", "after"]


def test_what_json_does_not_know_is_still_a_line(path: Path) -> None:
    """A value of any kind is written as Python shows it; it costs no line."""
    structlog.get_logger("x").info("odd", what=path.parent.joinpath, kind=ValueError("x"))
    assert "ValueError('x')" in lines(path)[0]["kind"]


def test_debug_is_left_out(path: Path) -> None:
    """Lines for developers are not written."""
    structlog.get_logger("x").debug("detail")
    assert lines(path) == []


def fail_with(number: str) -> None:
    """Raises an error in whose message and local variables a number stands."""
    raise ValueError(f"caller {number} is odd")


def log_exception() -> None:
    """A fault of ours, logged as the engine does."""
    try:
        fail_with(NUMBER)
    except ValueError:
        structlog.get_logger("x").exception("turn_failed")


def test_an_exception_is_logged_without_what_is_personal(path: Path) -> None:
    """The traceback names the places; neither its message nor the values of its variables show a number."""
    log_exception()
    (line,) = lines(path)
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert line["exception"][0]["frames"][-1]["name"] == "fail_with"
    assert not [frame for frame in line["exception"][0]["frames"] if "locals" in frame]
    assert line["exception"][0]["exc_value"] == "caller 138****0001 is odd"
    assert NUMBER not in path.read_text(encoding="utf-8")


def test_a_full_disk_costs_lines_only() -> None:
    """A log that cannot be written raises nothing into the turn that wanted to say something (law 5)."""
    log.configure(Path("/dev/full"))
    structlog.get_logger("x").info("lost")
    log_exception()
    logging.getLogger("gateway.x").warning("lost as well")


# --- the standard library ---------------------------------------------------------------------------------------------------


def test_the_standard_library_logs_to_the_same_stream(path: Path) -> None:
    """What the AMI edge and libraries say stands in the same file, with its logger's name and masked."""
    logging.getLogger("gateway.ami.link").info("%s: linked, caller %s", "12345", NUMBER)
    logging.getLogger("aiohttp").warning("slow")
    first, second = lines(path)
    assert (first["event"], first["level"], first["logger"]) == (
        "12345: linked, caller 138****0001",
        "info",
        "gateway.ami.link",
    )
    assert (second["event"], second["level"]) == ("slow", "warning")


def test_libraries_are_heard_from_warnings_on(path: Path) -> None:
    """Libraries' small talk is left out, our own is not."""
    logging.getLogger("aiohttp").info("small talk")
    logging.getLogger("gateway.x").info("ours")
    assert [line["event"] for line in lines(path)] == ["ours"]


def test_an_exception_of_ours_by_the_standard_library(path: Path) -> None:
    """Its traceback is part of the line, and no number of it shows."""
    try:
        fail_with(NUMBER)
    except ValueError:
        logging.getLogger("gateway.ami.link").exception("request failed")
    (line,) = lines(path)
    assert "fail_with" in line["exception"]
    assert "ValueError: caller 138****0001 is odd" in line["exception"]
    assert NUMBER not in path.read_text(encoding="utf-8")


def test_a_librarys_exception_is_told_without_its_words(path: Path) -> None:
    """They are a stranger's request: a token, an unused action URL, a number spelt as no mask knows it."""
    secret = "Authorization: Bearer SECRETTOKEN1 GET /v1/action/ACTIONTOKEN number=%2B8613812345678 62345678"
    try:
        raise ValueError(secret)
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", secret)
    (line,) = lines(path)
    assert (line["event"], line["exception"]) == ("Error handling request from %s", "ValueError")
    assert line["at"].startswith("test_log.py:")
    text = path.read_text(encoding="utf-8")
    assert not any(word in text for word in secret.replace("=", " ").split())


def test_a_task_that_failed_is_told_without_its_words(path: Path) -> None:
    """asyncio writes what an exception says into its message: the first line alone is kept."""
    logging.getLogger("asyncio").error(
        f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{NUMBER}')>"
    )
    (line,) = lines(path)
    assert line["event"] == "Task exception was never retrieved"


def test_who_sends_nonsense_fills_no_disk(path: Path) -> None:
    """A library's line that comes again at once is counted, not written."""
    for number in range(500):
        logging.getLogger("aiohttp.server").error("Error handling request from %s", number)
    logging.getLogger("aiohttp.server").error("another")
    assert [line["event"] for line in lines(path)] == ["Error handling request from %s", "another"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caller 138-1234-5678 rang", "caller 138****5678 rang"),
        ("138.1234.5678", "138****5678"),
        ("138/1234/5678", "138****5678"),
        ("+86 138 1234 5678", "+86 138****5678"),
        ("022-27312345", "022****2345"),
        ("(010) 1234 5678", "(010)****5678"),
        ("12345-1795976883.7", "12345-1795976883.7"),
        ("12345.1795976883407323.349", "12345.1795976883407323.349"),
        ("2026-11-29T18:28:03", "2026-11-29T18:28:03"),
    ],
)
def test_a_number_in_groups_is_masked(text: str, shown: str) -> None:
    """As people write it; ids and instants stay."""
    assert masked(text) == shown


# --- rotation ---------------------------------------------------------------------------------------------------------------


def test_a_log_that_was_renamed_is_opened_again(tmp_path: Path) -> None:
    """As logrotate does it: what comes after is in the new file, of mode 0600, and nothing is lost of either."""
    path, old = tmp_path / "onekey.log", tmp_path / "onekey.log.1"
    reopen = log.configure(path)
    structlog.get_logger("x").info("before")
    path.rename(old)
    structlog.get_logger("x").info("between")
    reopen()
    structlog.get_logger("x").info("after")
    assert [json.loads(line)["event"] for line in old.read_text().splitlines()] == ["before", "between"]
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["after"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_opened_again_goes_on_in_the_old_file(tmp_path: Path) -> None:
    """And says what to do."""
    folder = tmp_path / "logs"
    folder.mkdir()
    reopen = log.configure(folder / "onekey.log")
    folder.rename(tmp_path / "moved")
    reopen()
    structlog.get_logger("x").info("after")
    lines = [json.loads(line) for line in (tmp_path / "moved/onekey.log").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["log_not_reopened", "after"]
    assert "SIGHUP" in lines[0]["remedy"]


def test_a_stream_has_nothing_to_open_again() -> None:
    """A terminal is not renamed."""
    stream = io.StringIO()
    log.configure(stream=stream)()
    structlog.get_logger("x").info("after")
    assert "after" in stream.getvalue()


# --- a terminal and a pipe --------------------------------------------------------------------------------------------------


def test_a_pipe_gets_json() -> None:
    """Where nobody looks, lines are JSON, with Chinese as it is."""
    stream = io.StringIO()
    log.configure(stream=stream)
    structlog.get_logger("x").info("started", name="热线", number=NUMBER)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["name"], line["number"]) == ("started", "热线", "138****0001")
    assert "热线" in stream.getvalue()


def test_a_terminal_gets_words() -> None:
    """A person reads words, masked as in a file."""
    stream = Terminal()
    log.configure(stream=stream)
    structlog.get_logger("x").info("started", number=NUMBER)
    assert "started" in stream.getvalue()
    assert "138****0001" in stream.getvalue()
    assert "{" not in stream.getvalue()


def test_an_exception_on_a_terminal() -> None:
    """A fault is shown with its traceback, masked, and logging it raises nothing."""
    stream = Terminal()
    log.configure(stream=stream)
    log_exception()
    assert "in fail_with" in stream.getvalue()
    assert "ValueError: caller 138****0001 is odd" in stream.getvalue()
    assert NUMBER not in stream.getvalue()


def test_a_command_shows_no_values_in_a_traceback() -> None:
    """In a process without a log, where rich is installed: the error and its place, and no local variable, which may be a caller's number."""
    code = (
        "import rich, structlog\n"
        "from gateway.observability.log import tracebacks_without_values\n"
        "tracebacks_without_values()\n"
        "def fails(number):\n    raise ValueError('no')\n"
        "try:\n    fails('1380000' + '0001')\n"
        "except ValueError:\n    structlog.get_logger().exception('failed')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "ValueError: no" in done.stdout
    assert "13800000001" not in done.stdout
