"""Every story there is, by name, from all the modules that tell them."""

from __future__ import annotations

from simulators import (
    stories_again,
    stories_button,
    stories_context,
    stories_data,
    stories_further,
    stories_goodbye,
    stories_hand_over,
    stories_hold,
    stories_kept,
    stories_keys,
    stories_modes,
    stories_plan,
    stories_presence,
    stories_shown,
    stories_watch,
)
from simulators.play import Story
from simulators.stories import CALLS, DATA, MODES, STORIES

MODULES = (
    stories_modes,
    stories_context,
    stories_presence,
    stories_data,
    stories_again,
    stories_button,
    stories_hand_over,
    stories_keys,
    stories_plan,
    stories_kept,
    stories_watch,
    stories_further,
    stories_goodbye,
    stories_hold,
    stories_shown,
)
"""Those that enter their stories in ``MODES``, ``DATA`` and ``CALLS``."""
ALL: dict[str, Story] = STORIES | MODES | DATA | CALLS

SOUND = "is heard, not seen: what softmix, codecs, holds and gaps do to sound, of which the toy has none"
SIP = "lives in SIP: second lines, a target that is handed over while it rings, forwards, headers and reasons of foreign phones"
FURTHER = "goes on where the toy's copy of the dialplan ends: calls of seats among themselves, whoever was called back or handed over, and then on"
STEPS = "is about single steps of the dialplan and what it keeps (plans, the fence, AstDB): on the toy it would be about their copy"
RACES = "is a race of hundredths of a second between channels, of which time that skips knows nothing"
TOKENS = "asks with tokens of a switchboard and of a seat, which the onekey command makes for a lab"
_REASONS: dict[str, tuple[str, ...]] = {
    SOUND: (
        "again_after_key", "blind_after_key", "again_after_blind_key", "blind_after_blind_key", "again_after_button", "blind_after_button",
        "again_after_hand_over", "blind_after_hand_over", "again_after_taking_back", "blind_after_taking_back", "again_after_queue",
        "blind_after_queue", "only_the_caller_speaks_ulaw", "hold_in_a_call_of_two_and_on", "hold_while_the_target_rings",
        "hold_in_a_call_of_three", "called_back_in_another_law", "a_holder_plays_no_music_to_three", "a_deaf_caller_is_heard_out",
        "the_holder_is_left_alone_with_the_caller", "held_by_his_seat_as_the_third_leaves", "held_behind_a_queue_as_the_third_leaves",
        "somebody_comes_while_the_holders_music_plays", "the_holder_hangs_up_without_resuming", "a_key_after_a_silence",
    ),
    SIP: (
        "button_while_ringing_answered", "button_while_ringing_fails", "button_while_ringing_to_a_colleague",
        "button_while_ringing_with_the_gateway_dead", "button_while_ringing_at_110", "button_between_seats_while_ringing",
        "button_in_a_call_of_three", "phone_that_forwards", "phone_that_forwards_beside_a_free_one", "callers_and_no_seat",
        "picked_up_calls_goodbye", "two_lines_two_presses", "callers_without_a_number", "first_ring_has_the_id", "hold_over_a_gap",
        "goodbyes_of_other_makes", "button_to_one_letter", "what_is_no_key_goes_on", "handed_over_shows_the_caller",
        "handed_over_by_110_shows_the_caller", "handed_over_and_kept_confidential", "texts_come_from_a_name",
    ),
    FURTHER: (
        "called_back_then_pressed", "called_back_then_sent", "called_back_then_alone", "one_number_one_task", "button_between_seats",
        "button_between_switchboards", "button_to_a_number_that_is_no_target", "colleagues_goodbye",
        "colleagues_goodbye_with_the_gateway_dead", "colleague_is_cut_off", "far_colleagues_goodbye",
        "far_colleagues_goodbye_with_the_gateway_dead", "far_colleague_is_cut_off", "colleague_presses",
        "colleague_presses_with_the_gateway_dead", "far_colleague_presses", "far_colleague_presses_with_the_gateway_dead",
        "keys_between_seats", "colleagues_record", "seat_behind_a_leg_asks_on", "handed_to_our_own_queue",
        "handed_to_our_own_queue_with_the_gateway_dead", "handed_over_twice", "handed_over_twice_with_the_gateway_dead",
        "second_caller_while_the_first_comes_back", "handed_home_by_a_phone_of_110",
        "handed_home_by_a_phone_of_110_with_the_gateway_dead", "attended_with_the_gateway_dead", "called_back_and_handed_over",
        "called_back_and_handed_over_with_the_gateway_dead", "guest_gone_before_the_far_seat_is_cut_off",
    ),
    STEPS: (
        "whole_calls_without_a_gateway", "failures_without_a_gateway", "caller_gives_up_without_a_gateway", "alive_and_dead_are_the_same",
        "matter_decides_with_the_gateway_dead", "refused_with_the_gateway_dead", "nobody_but_a_further_party_while_three_talk",
        "stale_plan_is_mended", "changed_globals_are_mended", "bad_plans_fall_back", "free_seats_count_no_longer_without_a_gateway",
        "forty_legs_at_once",
    ),
    TOKENS: ("each_hand_is_written_down", "who_drives_there_reads_the_place"),
    RACES: (
        "word_of_the_sender_comes_late", "a_key_while_another_joins", "a_key_while_another_leaves", "two_presses_at_110_then_a_goodbye",
        "goodbye_right_behind_another", "goodbye_while_the_bridge_is_cleaned", "goodbye_soon_after_somebody_joined",
        "cut_off_right_behind_a_goodbye",
    ),
}  # fmt: skip
ONLY_ON_ASTERISK: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names}
"""The stories of ``CALLS``, which the toy PBX does not play, each with the reason. All others are played on both stages."""
