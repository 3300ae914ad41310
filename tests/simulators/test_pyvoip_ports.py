"""The simulated phone's audio ports."""

from __future__ import annotations

import socket

import pytest

from simulators.phone import Account, PhoneError
from simulators.pyvoip_line import RTP_PORTS
from simulators.pyvoip_phone import PyVoipPhone
from simulators.rtp import MendedRtp

HOST = "127.0.0.1"


def phone() -> PyVoipPhone:
    """A phone that is not started."""
    return PyVoipPhone("seat", Account("2001", "secret", HOST, 5060), HOST, 440)


def test_a_port_that_another_program_holds_is_passed_over() -> None:
    """Another program may hold a port on every address, as some phones do."""
    seat = phone()
    seat.rtpPortHigh = seat.rtpPortLow + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", seat.rtpPortLow))
        assert {seat.request_port()} == {RTP_PORTS[0] + 1}


async def test_an_audio_port_lost_in_between_is_an_error_and_leaves_no_socket() -> None:
    """The error names address and port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, 0))
        port = other.getsockname()[1]
        rtp = MendedRtp({8: None}, HOST, port, HOST, 9, "sendrecv")
        with pytest.raises(PhoneError, match=f"{HOST}:{port}"):
            rtp.open(440, phone().heard_now)
