"""Codes and names that people read to each other."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.codes import (
    PICKUP_ALPHABET,
    PICKUP_CODE_LENGTH,
    bag_code,
    new_pickup_code,
    normalise_pickup_code,
    short_name,
    surname,
)


def test_a_pickup_code_carries_at_least_twenty_bits() -> None:
    assert len(PICKUP_ALPHABET) == len(set(PICKUP_ALPHABET))
    assert PICKUP_CODE_LENGTH * math.log2(len(PICKUP_ALPHABET)) >= 20


@pytest.mark.parametrize("twins", ["0O", "1IL", "2Z", "5S", "8B", "UV"])
def test_of_signs_that_look_or_sound_alike_at_most_one_is_used(twins: str) -> None:
    assert sum(sign in PICKUP_ALPHABET for sign in twins) <= 1


def test_no_code_can_spell_a_word() -> None:
    assert not set("AEIOU") & set(PICKUP_ALPHABET)


def test_every_sign_of_a_new_code_is_drawn() -> None:
    asked: list[Sequence[str]] = []

    def last(signs: Sequence[str]) -> str:
        asked.append(signs)
        return signs[-1]

    assert new_pickup_code(last) == PICKUP_ALPHABET[-1] * PICKUP_CODE_LENGTH
    assert asked == [PICKUP_ALPHABET] * PICKUP_CODE_LENGTH


def test_codes_drawn_at_random_are_made_of_the_alphabet_and_differ() -> None:
    codes = {new_pickup_code(secrets.choice) for _ in range(50)}
    assert len(codes) > 45
    assert all(len(code) == PICKUP_CODE_LENGTH and set(code) <= set(PICKUP_ALPHABET) for code in codes)


@pytest.mark.parametrize(
    "typed",
    [
        "CDF347",
        "cdf347",
        " cdf 347 ",
        "CDF-347",
        "c.d.f.3.4.7",
        "\uff23\uff24\uff26\uff13\uff14\uff17",
        "CDF٣٤٧",
        "cdf۳۴۷",
    ],
)
def test_a_code_is_recognised_however_it_was_typed(typed: str) -> None:
    assert normalise_pickup_code(typed) == "CDF347"


@given(st.text(max_size=40))
def test_normalising_a_code_twice_changes_nothing_more(text: str) -> None:
    once = normalise_pickup_code(text)
    assert normalise_pickup_code(once) == once


@pytest.mark.parametrize(
    ("number", "name", "expected"),
    [
        ("WAW-000042", "Nowak", "0042-NOW"),
        ("1234567", "nowak", "4567-NOW"),
        ("7", "Li", "7-LI"),
        ("1001", "", "1001"),
        ("1001", "123", "1001"),
        ("", "Nowak", "NOW"),
        ("1001", "Łęcki", "1001-LEC"),
        ("1001", "Öberg", "1001-OBE"),
        ("1001", "Ångström", "1001-ANG"),
        ("1001", "Strauß", "1001-STR"),
        ("1001", "ßen", "1001-SSE"),
        ("1001", "Ødegård", "1001-ODE"),
        ("1001", "O'Brien", "1001-OBR"),
        ("1001", "d’Arc", "1001-DAR"),
        ("1001", "محمد", "1001-محم"),
        ("1001", "مُحَمَّد", "1001-محم"),
        ("1001", "王", "1001-王"),
        ("ab-cdef", "Nowak", "CDEF-NOW"),
    ],
)
def test_a_bag_carries_the_end_of_the_number_and_the_start_of_the_surname(
    number: str, name: str, expected: str
) -> None:
    assert bag_code(number, name) == expected


@pytest.mark.parametrize(
    ("name", "last", "short"),
    [
        ("Ada Nowak", "Nowak", "Nowak A."),
        ("Ada Maria Nowak", "Nowak", "Nowak A."),
        ("Nowak, Ada", "Nowak", "Nowak A."),
        ("  Ada   Nowak ", "Nowak", "Nowak A."),
        ("Martin King Jr.", "King", "King M."),
        ("Henry Ford II", "Ford", "Ford H."),
        ("Anna Nowak-Kowalska", "Nowak-Kowalska", "Nowak-Kowalska A."),
        ("Cher", "Cher", "Cher"),
        ("Ann Ann", "Ann", "Ann A."),
        ("Nowak,", "Nowak", "Nowak"),
        (", Ada", "Ada", "Ada"),
        ("محمد علي", "علي", "علي م."),
        ("King, Jr.", "King", "King"),
        ("van der Berg, Anna Maria", "Berg", "Berg A."),
        ("Jr.", "", ""),
        ("", "", ""),
        (" , ", "", ""),
    ],
)
def test_people_are_called_by_surname_and_an_initial(name: str, last: str, short: str) -> None:
    assert surname(name) == last
    assert short_name(name) == short


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_number_and_name_make_a_bag_code_that_fits_a_label(number: str, name: str) -> None:
    code = bag_code(number, surname(name))
    assert len(code) <= 4 + 1 + 3 * 2
    assert not any(sign.isspace() for sign in code)
    assert isinstance(short_name(name), str)
