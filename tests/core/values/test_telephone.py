"""Telephone numbers in what people write: each spelling is found, and what is none is left."""

from __future__ import annotations

import random
import sys
from types import FrameType

import pytest

from gateway.core.values import telephone
from gateway.core.values.numbers import blanked, mask_text

MOBILE = [
    "13812345678", "138.1234.5678", "138/1234/5678", "138 - 1234 - 5678", "138  1234  5678", "138–1234–5678",
    "138,1234,5678", "138_1234_5678", "138·1234·5678", "138(1234)5678", "138:1234:5678", "138、1234、5678",
    "１３８１２３４５６７８", "１３８－１２３４－５６７８", "一三八一二三四五六七八", "一三八 一二三四 五六七八", "138一二三四5678",
    "幺三八一二三四五六七八", "1 3 8 1 2 3 4 5 6 7 8", "+8613812345678", "+86 138-1234-5678", "0086 138 1234 5678",
    "013812345678", "١٣٨١٢٣٤٥٦٧٨",
]  # fmt: skip
OTHERS = [
    "022-27312345",
    "(010)12345678",
    "0531 8765 4321",
    "+86 10 1234 5678",
    "400-123-4567",
    "+1 (415) 555-2671",
    "27312345",
]
NONE = [
    "2026-11-29 18:10", "2026年11月29日18点30分", "09:30:15.123456", "金额1,234,567.89元", "1、2、3、4、5、6、7楼", "第三医院一二三号",
    "南开区长江道123号4栋5门601", "110、120、119", "12345", "", "二〇二六年十一月",
]  # fmt: skip


@pytest.mark.parametrize("spelt", MOBILE)
def test_a_mobile_number_is_found_in_every_spelling(spelt: str) -> None:
    """Alone, in a sentence, and beside a name that is a Chinese digit; no more than seven of its digits stay."""
    for before, behind in (("", ""), ("请回电", "，谢谢"), ("张三 ", " 晚上"), ("12, ", " 3 号楼")):
        text = f"{before}{spelt}{behind}"
        assert spelt not in mask_text(text)
        assert mask_text(text).startswith(before)
        shown = telephone.plain(mask_text(spelt))
        assert sum(character.isdecimal() for character in shown) <= 8


@pytest.mark.parametrize("spelt", OTHERS)
def test_other_numbers_are_found(spelt: str) -> None:
    """Landlines with and without their area code, services, foreign numbers."""
    assert spelt not in mask_text(f"电话 {spelt}。")


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_is_left(text: str) -> None:
    """Dates, times, amounts, lists, houses, short numbers."""
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 上午来电", "时间2026-11-24T08:30", "金额12345678元", "订单 2026-1124-0001", "20261124", "20261124083000", "202611240830",
        "合计：87654321", "￥87654321", "12345678.50元", "赔偿1234567万", "20261124 至 20261130",
    ],
)  # fmt: skip
def test_days_and_amounts_stay(text: str) -> None:
    """Digits that are a day of the calendar, or money, are nobody's number."""
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("电话20261124", "20261124"), ("20261399", "20261399"), ("2026-11-24 13800000001", "13800000001"), ("20261124 27312345", "27312345"),
        ("金额：13800000001", "13800000001"), ("13800000001元", "13800000001"), ("身份证120101199003071234", "120101199003071234"),
        ("12345678", "12345678"),
    ],
)  # fmt: skip
def test_a_number_beside_a_day_or_an_amount_is_masked(text: str, number: str) -> None:
    """Whatever is no day, what a word calls a telephone, and a whole mobile number."""
    assert number not in mask_text(text)


@pytest.mark.parametrize("spelt", MOBILE)
def test_the_callers_own_number_is_blanked_in_every_spelling(spelt: str) -> None:
    """For a reader from whom it is kept no digit of it stays."""
    shown = telephone.plain(blanked(f"我是{spelt}机主", "13812345678"))
    assert {character for character in shown if character.isdecimal()} <= set("086")  # a country code may stay
    assert "1" not in shown


def test_codes_keep_their_digits() -> None:
    """A case number is looked for by its digits; a telephone number in its place is masked."""
    assert mask_text("20261129000123", whole=True) == "20261129000123"
    assert mask_text("13898765432", whole=True) == "138****5432"
    assert mask_text("12345-20261129-0012", whole=True) == "12345-20261129-0012"


def test_places_stand_in_order_and_apart() -> None:
    """Whatever is written: spans are of the text, do not overlap, and what is masked once has nothing more to mask."""
    dice = random.Random(7)
    for _ in range(3000):
        text = "".join(dice.choice("0123456789一三八+ -.,，:/()转a\n") for _ in range(dice.randrange(40)))
        end = 0
        for first, last in telephone.spans(text):
            assert end <= first < last <= len(text)
            end = last


def steps_of(text: str) -> int:
    """Lines of the module that run for a text: work, not time."""
    steps = 0

    def count(frame: FrameType, event: str, _: object) -> object:
        nonlocal steps
        steps += event == "line"
        return count

    def enter(frame: FrameType, _event: str, _: object) -> object:
        return count if frame.f_globals.get("__name__") == telephone.__name__ else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        telephone.spans(text)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("piece", ["1-", "1", "1380 ", "一", "13812345678,", "0-1 ", "+8"])
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Ten times the text takes about ten times the steps, whatever it is made of."""
    assert steps_of(piece * 5000) <= 11 * steps_of(piece * 500)
