"""What the campaign reads of a seat's time from CEL."""

from simulators.observed import occupied

SEATS = {"1.1": "2002", "1.2": "2002"}


def test_a_seat_is_occupied_in_a_bridge_and_while_it_dials() -> None:
    """A second call that rings out after the first has ended is the seat's time, and two lines at once are counted once."""
    rows = [
        ["BRIDGE_ENTER", "10.0", "", "1.1"],
        ["CHAN_START", "11.0", "", "1.2"],
        ["BRIDGE_EXIT", "12.0", "", "1.1"],
        ["HANGUP", "12.0", "", "1.1"],
        ["HANGUP", "17.0", "", "1.2"],
    ]
    assert occupied(rows, SEATS, {"1.2": "2002"}) == {"2002": [(10.0, 17.0)]}
    assert occupied(rows, SEATS, {}) == {"2002": [(10.0, 12.0)]}
