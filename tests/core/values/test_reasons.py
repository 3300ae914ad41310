"""Reasons are ours, with words for people, or somebody's own."""

from __future__ import annotations

from gateway.core.rules.plan import MARKS
from gateway.core.values.reasons import Reason, Verdict, as_reason
from gateway.core.values.texts import PROMPTS, REASONS, VERDICTS, prompt_of, words_of


def test_every_reason_and_verdict_has_words() -> None:
    """A reason that is added has words, or this fails; and nothing has words that is no reason."""
    assert set(REASONS) == set(Reason)
    assert set(VERDICTS) == set(Verdict)
    assert set(PROMPTS) <= set(Reason)
    assert set(MARKS) <= set(Reason)


def test_a_word_of_ours_is_the_reason_itself() -> None:
    """What a record, a wire or a rules file says in a word of ours is compared by identity from then on."""
    assert as_reason("held_back") is Reason.HELD_BACK


def test_a_reason_in_others_words_is_shown_as_it_is() -> None:
    """A rule that refuses, and a target that declines, may say it in their own words: no prompt stands for those."""
    given = as_reason("请先登记")
    assert not isinstance(given, Reason)
    assert words_of(given) == ("请先登记", "请先登记")
    assert prompt_of(given) == ""
