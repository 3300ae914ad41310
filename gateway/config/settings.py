"""The gateway's configuration: what can be set, the defaults and their reasons. ``site_file`` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.model.settings import Settings
from gateway.core.values.fault import Fault
from gateway.core.values.ids import SeatId, SwitchboardId
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.guards.instants import ZONE
from gateway.guards.steady_clock import SETTLE_S

SITE = Path(__file__).resolve().parents[2]
PACKAGED = Path(__file__).resolve().parents[1] / "_site"
_MOBILE = r"(?:\+?86|0)?1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|[89][0-9])[0-9]{8}"
_LANDLINE = r"(?:\+?86|0)(?:(?:10|2[0-9])[2-8][0-9]{7}|(?:[3-9][1-9][0-9]|701)[2-8][0-9]{6,7})"
CALLBACK_NUMBERS = f"{_MOBILE}|{_LANDLINE}|[2-8][0-9]{{6,7}}"
"""Chinese mobile numbers, landlines with their area code, local landlines. Not among them: other countries (``00…``), short codes and
service numbers (``95…``, ``96…``, ``400…``), paid lines (``160…``, ``168…``): calling back must cost what a call to a citizen costs."""
_CORE = Settings(signing_key=b"")
"""Where the core's defaults are read from."""
PUBLIC_URL = r"https?://[0-9A-Za-z._~:/-]{1,150}"
"""An address that goes into ``Call-Info``, through the dialplan."""


def _place(seat: str) -> tuple[SwitchboardId, SeatId]:
    switchboard, _, number = seat.partition("/")
    return SwitchboardId(switchboard), SeatId(number)


def site_path(name: str) -> Path:
    """A file that ships with onekey (``dialplan``, ``transfer_rules.yaml``): in a checkout, or inside the wheel."""
    here = SITE / name
    return here if here.exists() else PACKAGED / name


class ConfigError(Fault):
    """A configuration that cannot be used, by the first of its problems. ``problems`` are (where, what, remedy), every one of the file."""

    def __init__(self, path: str, problems: list[tuple[str, str, str]]) -> None:
        self.path, self.problems = path, problems
        where, what, remedy = problems[0]
        super().__init__(what, f"{path}: {where}", remedy)

    def __str__(self) -> str:
        """All of them."""
        return "\n".join(f"{self.path}: {where}: {what}\n    → {remedy}" for where, what, remedy in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchboardConfig:
    """An Asterisk to attach to. ``folder`` holds its configuration files where they can be read (for ``doctor``);
    ``plan_folder`` is where the gateway writes ``onekey-plan.conf``, if it may."""

    id: str
    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    queues: tuple[str, ...] = ()
    folder: Path | None = None
    plan_folder: Path | None = None
    trunks: Mapping[str, str] = field(default_factory=dict)
    """Endpoint -> the organisation at its other end (``police`` -> ``110``), for those that are not called ``trunk-<its id>``."""
    seats: tuple[str, ...] = ()
    """Patterns of seats (``1001``, ``10[0-4][0-9]``): who may log in beside those that its queues have shown. Decision 0022."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTarget:
    """The platform of a switchboard. ``full``: it gets numbers and places, the confidential apart. ``format``: how they are written."""

    switchboard: str
    url: str
    secret: bytes = field(repr=False)
    full: bool = False
    format: str = "json"
    ca: Path | None = None
    """Certificates of the private authority that its own is signed by; None: those that the machine trusts."""


KEEP_DAYS = {
    "contexts": 1095,  # three years, as for processing records: PIPL, article 56
    "orders": 1825,  # contexts with a case number: the record of an order outlives its closing and a complaint about it
    "transfers": 1095,  # reasons and counts of transfers are evidence, as long as the contexts that they belong to
    "callbacks": 180,  # a closed task is a number that nobody needs any more, beyond the time of the logs
    "seats": 1095,  # seat changes, waits and gaps: reports compare a month with that of the years before
    "deliveries": 30,  # dead letters hold a whole record for another platform; who has not asked again in a month will not
    "tape": 180,  # explains decisions, as logs do: Cybersecurity Law, article 21
    "asterisk": 180,  # its own logs, ended by logrotate: failed log-ins are what that article means, numbers stand beside them
    "audit": 180,  # the law's six months are the least
}
"""Days for each class of records, and why."""


SECRETS_MIN = {
    "token_chars": 12,  # guessed one request at a time over HTTP: 12 random letters and digits are 10^21 tries
    "ami_chars": 12,  # guessed as the API's token; an AMI that is reached from elsewhere needs more, and TLS
    "webhook_chars": 24,  # signs messages: whoever sees one guesses at home, a billion a second. Standard Webhooks asks for 24 bytes
}
"""Characters that each kind of secret has at least. A site may ask for more; less than ``SECRETS_FLOOR`` is none."""
SECRETS_FLOOR = {"token_chars": 8, "ami_chars": 8, "webhook_chars": 16}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerConfig:
    """The platform of another home, whose callers are put through to us. ``url`` and ``token``: where its records are fetched and
    edited (empty: not at all); ``secret`` signs what it pushes to us (empty: it pushes nothing); ``full``: fetched unmasked."""

    switchboard: str
    url: str = ""
    token: str = field(default="", repr=False)
    secret: bytes = field(default=b"", repr=False)
    full: bool = False
    ca: Path | None = None
    """Certificates of the private authority that its own is signed by; None: those that the machine trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the gateway needs to know. Spans in seconds."""

    switchboards: tuple[SwitchboardConfig, ...]
    run_dir: Path
    rules: Path
    store: Path
    signing_key: bytes = field(repr=False)
    api_host: str = "127.0.0.1"
    api_port: int = 8012
    api_token: str = field(default="", repr=False)
    tape: Path | None = None
    transfer_grace_s: float = 10.0
    action_s: float = 2.0
    """An AMI action that is not answered by then has failed. Asterisk answers within a millisecond; a slow disk of the
    other side may take a second."""
    ping_s: float = 10.0
    pong_s: float = 3.0
    wrap_up_s: Mapping[str, float] = field(default_factory=dict)
    name: str = "onekey"
    api_public_url: str = ""
    """Where phones reach the API, for the URLs that are made for them; empty: at ``api_host`` and ``api_port``."""
    parties_max: int = _CORE.parties_max
    presses_per_minute_max: int = _CORE.presses_per_minute_max
    callback_ring_s: int = _CORE.callback_ring_s
    callbacks_per_minute_max: int = 10
    """Limit of the whole gateway: a few people call back, one at a time. A program gone wild must not ring citizens for ever."""
    idempotency_keys_max: int = 20_000
    """Keys that are remembered, for 24 h: a day of a large site's transfers, 20 MB. The oldest goes for one too many."""
    rules_poll_s: float = 1.0
    """Interval at which the rules file is looked at; what has changed and then rested for one look is loaded. 0: never by itself."""
    unattended_s: float = _CORE.unattended_s
    """Callers wait and no seat is there for calls: after so long they hear a word and supervisors are told; 0: never."""
    drift_check_s: float = 300.0
    """Interval at which the seats are compared with an attached switchboard; 0: never."""
    media_settle_s: float = _CORE.media_settle_s
    """From a join or a leave to the look whether every party is sent packets; 0: nobody looks. Voices settle within a tenth of it."""
    forecast_s: float = 300.0
    """Interval at which earlier weeks are asked for the next hour, by a process of its own; 0: never."""
    metrics_by_seat: bool = False
    """True where ``/metrics`` has a series for each seat: many, and about a person."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Seats (``12345/1001``) by the name of their group, for reports."""
    seat_names: Mapping[str, str] = field(default_factory=dict)
    """Names of the people at seats (``12345/1001``), for consoles and reports; where none is given, the queues' own."""
    store_url: str = field(default="", repr=False)
    """``redis://…`` where records are kept on a Redis server; empty: in the file ``store``."""
    signing_keys_old: tuple[bytes, ...] = field(default=(), repr=False)
    """Keys that signed before: what they signed is still accepted."""
    heartbeat_s: float = 15.0
    """Longest time for which the live feed may be silent: proxies cut a connection that is."""
    push: tuple[PushTarget, ...] = ()
    """Platforms that get contexts pushed."""
    keep_days: Mapping[str, int] = field(default_factory=lambda: dict(KEEP_DAYS))
    """Days for which records of each class are kept."""
    tape_daily: bool = True
    """True where the tape of a day that is over gets its date into its name. A lab's is one file: its stories replay it whole."""
    call_info: bool = False
    """True where an INVITE carries ``Call-Info`` with the address of the context as an EIDO, below ``api_public_url``."""
    peers: tuple[PeerConfig, ...] = ()
    """Platforms that give us the records of their callers."""
    record_poll_s: float = 5.0
    """Interval at which such a record is asked for again while its call lasts; a push is faster."""
    work_order: Path = field(default_factory=lambda: site_path("work_order.yaml"))
    """The file of the work-order form; the one that ships where the site has none."""
    secrets_min: Mapping[str, int] = field(default_factory=lambda: dict(SECRETS_MIN))
    """Least length of each kind of secret, in characters."""
    callback_numbers: str = CALLBACK_NUMBERS
    """The whole of a number that may be called back. A caller's number is what the network says, and whoever calls can choose it."""
    calls_per_number_max: int = 20
    """Live calls of one number above which an alarm is raised: a hospital's one number calls with several lines, a machine with hundreds."""

    door: DoorLimits = DOOR_LIMITS
    """Limits of strangers at the door."""
    clock_settle_s: float = SETTLE_S
    """Seconds for which the machine's clock must say another time before it is believed; until then time goes on as it did."""
    zone: str = ZONE
    """Zone of every instant that names none, and in which instants are shown to people: days and months are those of its calendar."""

    @property
    def audit(self) -> Path:
        """The folder of the audit log."""
        return self.run_dir / "audit"

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """The key that signs, then those that signed before."""
        return (self.signing_key, *self.signing_keys_old)

    def core(self) -> Settings:
        """The part of it that is the core's."""
        return Settings(
            signing_key=self.signing_key,
            transfer_grace_s=self.transfer_grace_s,
            wrap_up_s=dict(self.wrap_up_s),
            parties_max=self.parties_max,
            presses_per_minute_max=self.presses_per_minute_max,
            callback_ring_s=self.callback_ring_s,
            unattended_s=self.unattended_s,
            signing_keys_old=self.signing_keys_old,
            media_settle_s=self.media_settle_s,
            trunks={board.id: dict(board.trunks) for board in self.switchboards if board.trunks},
            records_come=bool(self.peers),
            seat_names={_place(seat): name for seat, name in self.seat_names.items()},
            records_url=f"{self.api_public_url}/v1/contexts" if self.call_info else "",
        )
