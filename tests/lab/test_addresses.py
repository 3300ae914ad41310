"""Loopback addresses are chosen by trying them."""

from __future__ import annotations

import socket

import pytest

from gateway.debian.errors import LabError
from gateway.lab import addresses


def test_the_first_free_block_is_taken() -> None:
    """Where nothing runs a lab gets 127.30.1.0/24 and the usual ports."""
    assert addresses.free_block(lambda _host, _port, _kind: True) == ("127.30.1.", 0)


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.30.1.2", 5060), ("127.30.1.4", 5060), ("127.30.1.3", 5038), ("127.30.1.7", 8012)],
    ids=["trunk of 12345", "trunk of 110", "AMI of 110", "API"],
)
def test_one_taken_port_passes_a_block_over(host: str, port: int) -> None:
    """A single port of a block that is in use moves the lab to the next block."""
    assert addresses.free_block(lambda h, p, _kind: (h, p) != (host, port)) == ("127.30.2.", 0)


def test_a_port_held_on_every_address_moves_the_ports() -> None:
    """Where another program has 5060 everywhere, all ports of the lab are shifted together."""
    assert addresses.free_block(lambda _host, port, _kind: port != 5060) == ("127.30.1.", 100)


def test_no_free_block_says_what_to_do() -> None:
    """With everything taken the error names the ports and the way out."""
    with pytest.raises(LabError) as caught:
        addresses.free_block(lambda _host, _port, _kind: False)
    assert "5060" in caught.value.where
    assert "lab down" in caught.value.remedy


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
def test_a_port_in_use_is_not_free_and_is_free_afterwards(kind: socket.SocketKind) -> None:
    """A real socket on loopback is seen, and seen to be gone."""
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        assert not addresses.is_free("127.0.0.1", port, kind)
    assert addresses.is_free("127.0.0.1", port, kind)
