"""Telephone numbers are compared in one way, and masked in texts of machines as in those of people."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from gateway.core.values.numbers import mask_beside_ids, mask_runs, mask_text, normalised

FULL_WIDTH = str.maketrans("0123456789+-", "０１２３４５６７８９＋－")


def chinese(seed: int, count: int) -> list[phonenumbers.PhoneNumber]:
    """Valid Chinese numbers, mobile and landline, as the library's own plan of numbers has them."""
    dice = random.Random(seed)
    found: list[phonenumbers.PhoneNumber] = []
    while len(found) < count:
        area = dice.choice(["1", "10", f"2{dice.randrange(10)}", f"{dice.randrange(3, 10)}{dice.randrange(100):02}"])
        size = 10 if area == "1" else dice.choice((7, 8))
        digits = area + "".join(dice.choice("0123456789") for _ in range(size))
        number = phonenumbers.PhoneNumber(country_code=86, national_number=int(digits))
        if phonenumbers.is_valid_number(number):
            found.append(number)
    return found


def spellings(number: phonenumbers.PhoneNumber) -> list[str]:
    """One number as switchboards and people write it."""
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    found = [international, f"+{digits}", f"00{digits}", f"00 {international[1:]}", digits, national]
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE:
        found.append(f"0{digits[2:]}")
    found += ["".join(c for c in national if c.isdigit()), f"({national.split()[0]}){national.partition(' ')[2]}"]
    return found + [one.translate(FULL_WIDTH) for one in found]


@pytest.mark.parametrize("seed", range(4))
def test_spellings_of_a_number_are_one(seed: int) -> None:
    """Every spelling is what the number is dialled as within China, by the library's own reckoning, and two numbers stay two."""
    seen: dict[str, phonenumbers.PhoneNumber] = {}
    for number in chinese(seed, 500):
        dialled = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        own = "".join(c for c in dialled if c.isdigit())
        assert {one: normalised(one) for one in spellings(number)} == dict.fromkeys(spellings(number), own)
        assert seen.setdefault(own, number) == number


@pytest.mark.parametrize(
    ("number", "own"),
    [
        ("+86 10 1234 5678", "01012345678"), ("86 10 1234 5678", "01012345678"), ("01012345678", "01012345678"),
        ("+86 010 1234 5678", "01012345678"), ("013800000001", "13800000001"), ("+86 0138 0000 0001", "13800000001"),
        ("+864001234567", "4001234567"), ("400-123-4567", "4001234567"), ("+8612345", "12345"), ("12345", "12345"),
        ("1001", "1001"), ("88001234", "88001234"), ("anonymous", ""), ("", ""), ("+", ""), ("00", ""),
        ("+1 650 253 0000", "0016502530000"), ("0016502530000", "0016502530000"), ("138****0001", "1380001"),
    ],
)  # fmt: skip
def test_numbers_of_every_kind(number: str, own: str) -> None:
    """With its country code or without, of a service, of a seat, of abroad, or none."""
    assert normalised(number) == own
    assert normalised(own) == own


def test_a_foreign_number_is_no_chinese_one() -> None:
    """Eleven digits of America are not a mobile number of China."""
    assert normalised("+16502530000") != normalised("16502530000")


@pytest.mark.parametrize(
    "text", ["2026-11-30", "20261130", "2026-11-30T18:10:00.123+08:00", "2026年11月30日", "金额 1,234,567.89 元"]
)
def test_dates_and_amounts_are_no_numbers(text: str) -> None:
    """Neither a person's text nor a machine's has them masked."""
    assert mask_beside_ids(text) == text
    if text != "20261130":  # eight digits in a row may be a landline of the place
        assert mask_text(text) == text
        assert mask_runs(text) == text


def test_a_run_is_masked_in_its_length() -> None:
    """The caret below a line of rules stays where it belongs; a full stop behind a number hides it from nothing."""
    assert mask_runs('number: "13800000001", 110.') == 'number: "138********", 110.'
    assert mask_runs("回电13800000001.") == "回电138********."
