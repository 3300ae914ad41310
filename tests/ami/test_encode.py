"""What may go out, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ami import encode
from gateway.ami.encode import Refused


def test_one_action() -> None:
    """An action is its lines in the order given, in UTF-8, and an empty line."""
    data = encode.action("Setvar", [("Channel", "PJSIP/1-1"), ("Value", "转")], "a/1")
    assert data == "Action: Setvar\r\nActionID: a/1\r\nChannel: PJSIP/1-1\r\nValue: 转\r\n\r\n".encode()


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\r\nAction: Originate", "a\n\nb"])
@pytest.mark.parametrize("place", ["name", "value", "id"])
def test_line_ends_are_refused(bad: str, place: str) -> None:
    """CR, LF and NUL are refused wherever they stand: no second action can be smuggled."""
    with pytest.raises(Refused, match="CR, LF or NUL"):
        encode.action(
            "Ping" + bad * (place == "name"), [("Value", "x" + bad * (place == "value"))], "1" + bad * (place == "id")
        )


@pytest.mark.parametrize("key", ["", "Chan nel", "Value:", "Válue", "A_B", "X1", "A\r\nB"])
def test_header_names(key: str) -> None:
    """A header's name has letters and hyphens only."""
    with pytest.raises(Refused):
        encode.action("Ping", [(key, "x")], "1")


def test_line_length_counts_bytes() -> None:
    """A line of 1022 bytes passes and one of 1023 does not; a Chinese character is three."""
    encode.action("Ping", [("Value", "x" * (1022 - len("Value: ")))], "1")
    with pytest.raises(Refused, match="1023 bytes"):
        encode.action("Ping", [("Value", "x" * (1023 - len("Value: ")))], "1")
    with pytest.raises(Refused, match="bytes"):
        encode.action("Ping", [("Value", "转" * 400)], "1")


def test_too_many_lines() -> None:
    """128 lines pass, 129 do not."""
    encode.action("Ping", [("Value", "x")] * 126, "1")
    with pytest.raises(Refused, match="129 lines"):
        encode.action("Ping", [("Value", "x")] * 127, "1")


@pytest.mark.parametrize("bad", ["a,b", 'a"b', "a\\b"])
def test_variable_is_one_variable(bad: str) -> None:
    """Asterisk splits ``Variable`` at commas and eats quotes and backslashes: refused."""
    with pytest.raises(Refused):
        encode.action("Originate", [encode.variable("X", bad)], "1")


def test_half_a_character() -> None:
    """Half of a surrogate pair has no bytes: refused, not replaced."""
    with pytest.raises(Refused, match="surrogate"):
        encode.action("Ping", [("Value", "\ud800")], "1")


@pytest.mark.parametrize("bad", [*'^(),"&|${};\\', "\t", "\x1b", "\x85", "\u2028", "\u202e", "\u200b", "\x7f"])
def test_tag_cannot_leave_its_option(bad: str) -> None:
    """A tag with a character that ends an option, an argument or a line, or that does not show, is refused."""
    with pytest.raises(Refused):
        encode.tag(f"[12345转]{bad}x", "tag")


def test_tag_of_the_design() -> None:
    """The tag that DESIGN gives passes unchanged, brackets and spaces included."""
    assert encode.tag("[12345转]噪音扰民 朝阳区", "tag") == "[12345转]噪音扰民 朝阳区"


@pytest.mark.parametrize("bad", ["a b", "a^b", "a,b", "a&b", "a\r\nb", "a[b", "a)b", "转", "a" * 513])
def test_uui_alphabet(bad: str) -> None:
    """A ``User-to-User`` value is in its alphabet or refused."""
    with pytest.raises(Refused):
        encode.uui(bad, "uui")


def test_uui_of_the_rfc() -> None:
    """A value with a parameter (RFC 7433) passes, and so does none at all."""
    assert encode.uui("Ab.c_1-d=%3b;encoding=hex", "uui")
    assert encode.uui("", "uui") == ""


@pytest.mark.parametrize("bad", ["", "/^.*$/", "a b", "a,b", "a^b", "a&PJSIP/1", "${EXTEN}", "a\nb", "a)b", "转"])
def test_channel_is_one_channel(bad: str) -> None:
    """No empty channel (a global would be set), no pattern (every channel would end), nothing that ends an argument."""
    with pytest.raises(Refused):
        encode.channel(bad, "channel")


@pytest.mark.parametrize("name", ["PJSIP/trunk-110-0000013a", "Local/s@onekey-ring-00000001;2", "12345-1795466156.567"])
def test_channels_as_asterisk_names_them(name: str) -> None:
    """Names and unique ids as Asterisk makes them pass."""
    assert encode.channel(name, "channel") == name


@pytest.mark.parametrize("bad", ["1001@evil.example", "sip:1001", "trunk/x", "", "1001;x"])
def test_seat_is_no_address(bad: str) -> None:
    """A seat is the name of an endpoint and never an address of somewhere else."""
    with pytest.raises(Refused):
        encode.seat(bad, "seat")


def test_refusal_names_the_place_and_not_the_value() -> None:
    """A refusal says what and where and keeps the value, which may be personal, to itself."""
    with pytest.raises(Refused) as caught:
        encode.action("Setvar", [("Value", "13800000003\n")], "1")
    assert caught.value.what == "CR, LF or NUL in it"
    assert caught.value.where == "header Value"
    assert "13800000003" not in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from(["Value", "Channel", "Variable"]), st.text(max_size=60)), max_size=5))
def test_every_action_is_one_action(headers: list[tuple[str, str]]) -> None:
    """Whatever is passed, the bytes are refused or are exactly the lines that were meant."""
    try:
        data = encode.action("Setvar", headers, "1")
    except Refused:
        return
    lines = data.decode().split("\r\n")
    assert lines == ["Action: Setvar", "ActionID: 1", *(f"{key}: {value}" for key, value in headers), "", ""]
    assert data.count(b"\n") == len(headers) + 3
