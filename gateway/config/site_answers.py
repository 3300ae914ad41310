"""``site.toml``: what a site is called by its own names, from which ``onekey site init`` writes what its Asterisks need."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, model_validator

from gateway.config import texts
from gateway.config.settings import ConfigError
from gateway.config.toml_lines import lines_of
from gateway.config.toml_problems import problems_of
from gateway.config.toml_values import Filled, Names, Port, Reading, Table, Url, reading, wrong

ID = re.compile(r"[0-9A-Za-z]{1,40}")
"""Id of a switchboard or a target: it becomes part of variables' names, and "-" joins several of them."""
NAME = re.compile(r"[0-9A-Za-z._-]{1,80}")
"""Name of an endpoint: what the gateway and the dialplan hand on."""
QUEUE = re.compile(r"[^\s,;|&^\"\\\[\](){}$]{1,80}")
CONTEXT = re.compile(r"[0-9A-Za-z._-]{1,79}")
DIAL = re.compile(r"(?:PJSIP|Local)/[0-9A-Za-z._@/+*#:-]{1,120}(?:&(?:PJSIP|Local)/[0-9A-Za-z._@/+*#:-]{1,120})*")
LINE = re.compile(r"[^\s,;\"\\\[\]{}$]{1,200}")
"""A path or an address that is written into Asterisk's files: a sign that means something there would end it."""


def _form(value: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(value):
        raise wrong(texts.HAS_SIGNS_THAT_DO_NOT_FIT(value=value), texts.FITTING(form=form.pattern))
    return value


def _of(form: re.Pattern[str]) -> AfterValidator:
    return AfterValidator(lambda value: _form(value, form))


def _each(form: re.Pattern[str]) -> AfterValidator:
    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            _form(value, form)
        return values

    return AfterValidator(check)


def _pairs(key: re.Pattern[str], value: re.Pattern[str]) -> AfterValidator:
    def check(pairs: dict[str, str]) -> dict[str, str]:
        for one, other in pairs.items():
            _form(one, key)
            _form(other, value)
        return pairs

    return AfterValidator(check)


def _new_board(id_: str, info: ValidationInfo) -> str:
    if id_ in reading(info).boards:
        raise wrong(texts.TWO_SWITCHBOARDS_HAVE_THE_ID(id=id_), texts.CHANGE_ONE)
    reading(info).boards.append(id_)
    return id_


class BoardAnswers(Table):
    """``[[switchboards]]``: an Asterisk that this gateway attaches to."""

    id: Annotated[Filled, _of(ID), AfterValidator(_new_board)]
    tree: Annotated[str, _of(LINE)] = "/etc/asterisk"
    ami_host: Annotated[Filled, _of(LINE)] = "127.0.0.1"
    ami_port: Port = 5038
    gateway_at: Annotated[Filled, _of(LINE)] = "127.0.0.1"
    """Address from which the gateway comes to its AMI."""
    systemname: Annotated[str, _of(NAME)] = Field("", validate_default=False)
    seats: Annotated[Names, _each(NAME)]
    numbers: Annotated[dict[str, str], _pairs(ID, NAME)] = Field(default_factory=dict)
    queues: Annotated[Names, _each(QUEUE)]
    takes: Annotated[str, _of(QUEUE)] = Field("", validate_default=False)
    lines: Annotated[Names, _each(NAME)] = ()
    trunks: Annotated[dict[str, str], _pairs(ID, NAME)] = Field(default_factory=dict)
    dials: Annotated[dict[str, str], _pairs(ID, DIAL)] = Field(default_factory=dict)
    trunk_at: Annotated[str, _of(LINE)] = Field("", validate_default=False)
    rtp_timeout_s: Annotated[int, Field(ge=0, le=600)] = 10

    @model_validator(mode="after")
    def _whole(self) -> BoardAnswers:
        if not self.seats:
            raise wrong(texts.NO_SEATS, texts.ADD_KEY(key="seats"), "seats")
        if not self.queues:
            raise wrong(texts.NO_QUEUES, texts.ADD_KEY(key="queues"), "queues")
        if self.takes and self.takes not in self.queues:
            raise wrong(texts.TAKES_IS_NO_QUEUE(queue=self.takes), ", ".join(self.queues), "takes")
        unknown = sorted(set(self.numbers.values()) - set(self.seats))
        if unknown:
            raise wrong(texts.NUMBER_OF_NO_SEAT(seat=unknown[0]), ", ".join(self.seats), "numbers")
        return self

    @property
    def target_queue(self) -> str:
        """The queue that takes callers whom other switchboards hand over."""
        return self.takes or self.queues[0]

    @property
    def name(self) -> str:
        """Its systemname: unique ids begin with it."""
        return self.systemname or self.id

    @property
    def ways(self) -> dict[str, str]:
        """Dial string of each target: the trunks' other ends, our own queue, and those that are given."""
        ours = {self.id: "Local/s@onekey-queue/nm"}
        return {**ours, **{peer: f"PJSIP/{peer}@{endpoint}" for peer, endpoint in self.trunks.items()}, **self.dials}

    @property
    def colleagues(self) -> dict[str, str]:
        """Number that a seat dials -> endpoint: what is said, else the digits at the end of an endpoint's name."""
        if self.numbers:
            return self.numbers
        found = {seat: seat[len(seat.rstrip("0123456789")) :] for seat in self.seats}
        return {number: seat for seat, number in found.items() if number}


class PeerAnswers(Table):
    """``[[peers]]``: a switchboard with a gateway of its own, which lets nobody into its AMI."""

    id: Annotated[Filled, _of(ID)]
    url: Url
    systemname: Annotated[str, _of(NAME)] = Field("", validate_default=False)
    sheet: str = ""
    """The file that its ``onekey site init`` has written for us (``for-<our id>.toml``)."""

    @property
    def name(self) -> str:
        """Its systemname."""
        return self.systemname or self.id


class Answers(Table):
    """The whole file."""

    name: str = "onekey"
    run_dir: Annotated[str, _of(LINE)] = "run"
    api_host: Annotated[str, _of(LINE)] = "127.0.0.1"
    api_port: Port = 8012
    public_url: Url = ""
    switchboards: list[BoardAnswers]
    peers: list[PeerAnswers] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known(self) -> Answers:
        if not self.switchboards:
            raise wrong(texts.AT_LEAST_ONE_SWITCHBOARDS, texts.SITE_TOML_EXAMPLE, "switchboards")
        known = {board.id for board in self.switchboards} | {peer.id for peer in self.peers}
        for board in self.switchboards:
            for peer in board.trunks:
                if peer not in known - {board.id}:
                    raise wrong(texts.TRUNK_TO_NOBODY(peer=peer), texts.ADD_A_SWITCHBOARD(peer=peer), "switchboards")
        for far in self.peers:
            if not far.url:
                raise wrong(texts.PEER_WITHOUT_URL(peer=far.id), texts.ADD_KEY(key="url"), "peers")
        return self


def load(path: Path) -> Answers:
    """Read ``site.toml``. Raises ConfigError with every error in it."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(str(path), [("file", texts.NO_SUCH_FILE, texts.SITE_TOML_EXAMPLE)]) from None
    except (OSError, UnicodeDecodeError) as error:
        what = texts.CANNOT_READ(error=error)
        raise ConfigError(str(path), [("file", what, texts.CHECK_RIGHTS_AND_ENCODING)]) from None
    except tomllib.TOMLDecodeError as error:
        what = texts.NOT_VALID_TOML(error=error)
        raise ConfigError(str(path), [("file", what, texts.SITE_TOML_EXAMPLE)]) from None
    try:
        return Answers.model_validate(raw, context=Reading(path.parent))
    except ValidationError as error:
        raise ConfigError(str(path), problems_of(error, Answers, lines_of(text))) from None
