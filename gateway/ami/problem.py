"""Why a link is down: what, where, and what to do, in Chinese and English, for ``doctor``, ``readyz`` and the log."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.ami import texts
from gateway.core.values.bilingual import Pair


@dataclass(frozen=True, slots=True)
class LinkProblem:
    """One problem of one link. ``id`` is stable; ``where`` is ``user@host:port``; the texts are whole sentences."""

    id: str
    where: str
    what: Pair
    remedy: Pair

    def text(self, language: str = "en") -> str:
        """Fault and remedy in one line. ``language`` is ``zh`` or ``en``."""
        if language.startswith("zh"):
            return texts.IN_ONE_LINE(where=self.where, what=self.what.zh, remedy=self.remedy.zh)
        return f"{self.where}: {self.what.en} {self.remedy.en}"


class LinkFault(Exception):
    """A link cannot go on. ``patient``: a person must act first, so the next try comes after the longest pause."""

    def __init__(self, problem: LinkProblem, why: str, patient: bool = False) -> None:
        super().__init__(why)
        self.problem = problem
        self.why = why
        self.patient = patient


def unreachable(where: str, why: str) -> LinkFault:
    """No TCP connection: port closed, no route, no answer in time."""
    problem = LinkProblem(
        "ami_unreachable",
        where,
        texts.CANNOT_BE_REACHED(why=why),
        texts.CHECK_PORT_AND_FIREWALL,
    )
    return LinkFault(problem, f"unreachable: {why}")


def not_ami(where: str, why: str) -> LinkFault:
    """Something answers, but it does not speak AMI, or not as we know it."""
    problem = LinkProblem("ami_garbled", where, texts.NOT_AMI(why=why), texts.CHECK_THE_PORT)
    return LinkFault(problem, why)


def login_refused(where: str, account: str, message: str) -> LinkFault:
    """Wrong secret, no such account, address not permitted, or the account is in use."""
    problem = LinkProblem(
        "ami_login_refused",
        where,
        texts.LOGIN_REFUSED(account=account, message=message),
        texts.CHECK_THE_ACCOUNT(account=account),
    )
    return LinkFault(problem, f"login refused: {message}", patient=True)


def silent(where: str, waited_for: str, after_s: float) -> LinkFault:
    """Connected, but an answer that must come does not."""
    problem = LinkProblem(
        "ami_silent",
        where,
        texts.SILENT(after_s=after_s, waited_for=waited_for),
        texts.CHECK_WHETHER_IT_HANGS,
    )
    return LinkFault(problem, f"no {waited_for} within {after_s:g} s")


def not_booted(where: str, account: str, after_s: float) -> LinkFault:
    """Logged in, but ``FullyBooted`` does not come."""
    problem = LinkProblem(
        "ami_not_booted",
        where,
        texts.NOT_BOOTED(after_s=after_s),
        texts.CHECK_READ_SYSTEM(account=account),
    )
    return LinkFault(problem, f"no FullyBooted within {after_s:g} s", patient=True)


def too_old(where: str, version: str, needed: str) -> LinkFault:
    """An Asterisk that has the faults which the transfer cannot live with."""
    problem = LinkProblem(
        "asterisk_too_old",
        where,
        texts.TOO_OLD(version=version, needed=needed),
        texts.UPGRADE_ASTERISK,
    )
    return LinkFault(problem, f"Asterisk {version} is older than {needed}", patient=True)


def action_refused(where: str, action: str, message: str) -> LinkFault:
    """An action of the snapshot was refused."""
    problem = LinkProblem(
        "ami_action_refused",
        where,
        texts.ACTION_REFUSED(action=action, message=message),
        texts.CHECK_WRITE_AND_APP_QUEUE,
    )
    return LinkFault(problem, f"{action} refused: {message}", patient=True)


def rights_missing(where: str, actions: str) -> LinkProblem:
    """The link is up and sees, but some commands will be refused."""
    return LinkProblem("ami_rights_missing", where, texts.RIGHTS_MISSING(actions=actions), texts.SET_WRITE)


def lost(where: str, why: str) -> LinkFault:
    """A link that was up has ended."""
    problem = LinkProblem("ami_lost", where, texts.CONNECTION_HAS_ENDED(why=why), texts.IT_RECONNECTS_BY_ITSELF)
    return LinkFault(problem, why)


def held(where: str, holder: str, stale_s: float) -> LinkFault:
    """Another gateway is attached, and alive."""
    problem = LinkProblem(
        "gateway_held",
        where,
        texts.HELD(holder=holder),
        texts.STOP_ONE_OF_THEM(stale_s=stale_s),
    )
    return LinkFault(problem, f"another gateway is attached: {holder}", patient=True)


def claim_too_long(where: str, why: str) -> LinkFault:
    """Our own name cannot be written at the switchboard: nobody would know who is attached."""
    problem = LinkProblem("gateway_name_refused", where, texts.CLAIM_REFUSED(why=why), texts.SHORTEN_THE_NAME)
    return LinkFault(problem, f"the gateway's name cannot be written there: {why}", patient=True)


def failed(where: str, why: str) -> LinkFault:
    """An error of the program has ended the connection."""
    problem = LinkProblem("ami_link_failed", where, texts.LINK_FAILED(why=why), texts.KEEP_THE_LOG_AND_REPORT)
    return LinkFault(problem, f"an error of the program: {why}", patient=True)
