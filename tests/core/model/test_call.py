"""The context of a live call: edited by people, given to organisations."""

from __future__ import annotations

from gateway.core.messages.records import ContextRow
from gateway.core.messages.requests import ContextEdited, TransferAsked
from gateway.core.values.case_details import CaseDetails, RoutingDetails
from gateway.core.values.ids import ChannelUid, PressId, SwitchboardId, TargetId
from tests.core.plays import A, Play


def newest(play: Play) -> ContextRow:
    """The context as it is now."""
    return play.all(ContextRow)[-1]


def test_an_edit_of_the_newest_version_is_written_down() -> None:
    """The next version has the words, who wrote them and when; all that the call itself says stays."""
    play = Play()
    play.connect()
    before = newest(play)
    play.tell(
        ContextEdited(
            A,
            play.at(),
            call=ChannelUid(before.call),
            version=before.version,
            said=CaseDetails(summary="噪音"),
            by="甲",
        )
    )
    after = newest(play)
    assert (after.version, after.by, after.said) == (before.version + 1, "甲", CaseDetails(summary="噪音"))
    assert (after.seats, after.queues, after.caller_number) == (before.seats, before.queues, before.caller_number)


def test_an_edit_of_an_older_version_changes_nothing() -> None:
    """Of two who saw one version the first wins; who is late, and who edits a call that is none, writes nothing."""
    play = Play()
    play.connect()
    seen = newest(play)
    for call, word in ((seen.call, "甲"), (seen.call, "乙"), ("nobody", "丙")):
        play.tell(
            ContextEdited(
                A, play.at(), call=ChannelUid(call), version=seen.version, said=CaseDetails(summary=word), by=word
            )
        )
    assert (newest(play).by, newest(play).version) == ("甲", seen.version + 1)


def test_what_was_said_survives_the_transfer() -> None:
    """Press, answer and the caller's end add versions of their own, whose author is the call, and keep the words."""
    play = Play()
    play.connect()
    seen = newest(play)
    play.tell(
        ContextEdited(
            A, play.at(), call=ChannelUid(seen.call), version=seen.version, said=CaseDetails(summary="噪音"), by="甲"
        )
    )
    play.press()
    play.ring()
    play.answer()
    play.hang_up(A, "s")
    play.hang_up(A, "l")
    play.hang_up(A, "c")
    last = newest(play)
    assert last.said == CaseDetails(summary="噪音")
    assert (last.by, last.ended_at > 0) == ("", True)
    versions = [row.version for row in play.all(ContextRow)]
    assert versions == list(range(1, len(versions) + 1))


def test_what_is_said_with_a_transfer_is_in_the_context_and_the_other_way_round() -> None:
    """A rule asks what people have written down; what came with a request over HTTP is written down."""
    play = Play()
    play.connect()
    seen = newest(play)
    play.tell(
        ContextEdited(
            A, play.at(), call=ChannelUid(seen.call), version=seen.version, said=CaseDetails(matter="N01"), by="甲"
        )
    )
    assert play.core.world.calls[ChannelUid(seen.call)].routing == RoutingDetails(matter="N01")
    asked = PressId("12345.7.100")
    play.tell(
        TransferAsked(
            A,
            play.at(),
            press=asked,
            target=TargetId("110"),
            call=ChannelUid(seen.call),
            said=RoutingDetails(urgency="urgent"),
        )
    )
    assert (newest(play).said, newest(play).transfers) == (CaseDetails(matter="N01", urgency="urgent"), (asked,))


def test_a_target_may_see_the_matter_from_before_its_first_ring() -> None:
    """With the press the matter is given to the organisation that will ring, and to no other."""
    play = Play()
    play.connect()
    assert newest(play).organisations == ("12345",)
    play.press()
    assert newest(play).organisations == ("12345", "110")
    assert newest(play).queues == ((A, "12345", newest(play).wait_s, newest(play).seats[0][2]),)


def test_a_matter_is_handed_over_by_an_edit() -> None:
    """The new owner is one of those who may see it; without one the owner stays, and what the call does later keeps it."""
    play = Play()
    play.connect()
    seen = newest(play)
    edit = {"call": ChannelUid(seen.call), "version": seen.version, "said": seen.said, "by": "甲"}
    play.tell(ContextEdited(A, play.at(), **edit, owner=SwitchboardId("119")))
    after = newest(play)
    assert (after.owner, after.organisations, after.by) == ("119", (A, SwitchboardId("119")), "甲")
    play.tell(
        ContextEdited(
            A, play.at(), call=ChannelUid(seen.call), version=after.version, said=CaseDetails(summary="x"), by="甲"
        )
    )
    play.hang_up(A, "s")
    play.hang_up(A, "c")
    assert (newest(play).owner, newest(play).ended_at > 0) == ("119", True)
