"""Loopback addresses for a lab: a block 127.30.N.0/24 that nobody uses, found by trying to take its ports."""

from __future__ import annotations

import socket
from collections.abc import Callable

from gateway.debian.errors import LabError
from gateway.lab import texts

SIP_PORT, AMI_PORT, API_PORT = 5060, 5038, 8012
BLOCKS = range(1, 255)
PORT_SHIFTS = (0, 100, 200, 300, 1000, 2000)
"""Where another program holds 5060 on every address, the next ports are tried."""

IsFree = Callable[[str, int, socket.SocketKind], bool]


def is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    """True where this port can be taken; it is given back at once."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that lingers after a close is free
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_block(is_free: IsFree = is_free) -> tuple[str, int]:
    """The prefix of a free block (``"127.30.4."``) and the shift of its ports. Raises LabError if there is none.

    SIP is .1 and .2 (12345: seats, trunk), .3 and .4 (110); AMI is on .1 and .3; the gateway's API on .7.
    """
    for shift in PORT_SHIFTS:
        for number in BLOCKS:
            prefix = f"127.30.{number}."
            wanted = [(f"{prefix}{last}", SIP_PORT, socket.SOCK_DGRAM) for last in (1, 2, 3, 4)]
            wanted += [(f"{prefix}{last}", AMI_PORT, socket.SOCK_STREAM) for last in (1, 3)]
            wanted += [(f"{prefix}7", API_PORT, socket.SOCK_STREAM)]
            if all(is_free(host, port + shift, kind) for host, port, kind in wanted):
                return prefix, shift
    raise LabError(
        texts.NO_FREE_LOOPBACK_ADDRESS_OR_PORT,
        f"127.30.0.0/16, {SIP_PORT}/udp {AMI_PORT}/tcp {API_PORT}/tcp",
        texts.ONEKEY_LAB_DOWN,
    )
