"""U7: the catalogues are complete and compiled; dates, times, money and plural forms are right in each language."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from markupsafe import Markup

from omni_pickup.customer.words import Words

#: A Saturday, 15:32 in Warszawa.
NOW = datetime(2026, 11, 21, 14, 32, tzinfo=UTC)


def words(language: str) -> Words:
    return Words(language, "Europe/Warsaw", NOW)


def plain(text: str) -> str:
    """The text with ordinary spaces: a clock time holds on to the word before it."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("language", "today", "tomorrow", "later"),
    [
        ("en", "by 15:40", "by tomorrow, 15:40", "by Tuesday 24 November, 21:00"),
        ("pl", "najpóźniej o 15:40", "najpóźniej jutro o 15:40", "najpóźniej 24 listopada (wtorek) o 21:00"),
        ("sv", "senast kl. 15:40", "senast i morgon kl. 15:40", "senast tisdag 24 november kl. 21:00"),
        (
            "de",
            "spätestens um 15:40 Uhr",
            "spätestens morgen um 15:40 Uhr",
            "spätestens am Dienstag, 24. November, um 21:00 Uhr",
        ),
    ],
)
def test_deadlines_are_said_as_people_say_them(language: str, today: str, tomorrow: str, later: str) -> None:
    by = words(language).by
    assert plain(by(datetime(2026, 11, 21, 14, 40, tzinfo=UTC))) == today
    assert plain(by(datetime(2026, 11, 22, 14, 40, tzinfo=UTC))) == tomorrow
    assert plain(by(datetime(2026, 11, 24, 20, 0, tzinfo=UTC))) == later


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["at 14:00", "yesterday at 14:00", "on Monday 2 November at 14:00"]),
        ("pl", ["o 14:00", "wczoraj o 14:00", "2 listopada (poniedziałek) o 14:00"]),
        ("sv", ["kl. 14:00", "i går kl. 14:00", "måndag 2 november kl. 14:00"]),
        ("de", ["um 14:00 Uhr", "gestern um 14:00 Uhr", "am Montag, 2. November, um 14:00 Uhr"]),
    ],
)
def test_moments_are_said_as_people_say_them(language: str, said: list[str]) -> None:
    days = (datetime(2026, 11, day, 13, 0, tzinfo=UTC) for day in (21, 20, 2))
    assert [plain(words(language).on(day)) for day in days] == said


def test_an_order_that_is_due_at_midnight_is_due_today() -> None:
    assert str(words("en").by(datetime(2026, 11, 21, 23, 0, tzinfo=UTC))) == "by 00:00"


def test_days_turn_at_the_stores_midnight() -> None:
    tokyo = Words("en", "Asia/Tokyo", datetime(2026, 11, 21, 15, 30, tzinfo=UTC))
    assert str(tokyo.on(datetime(2026, 11, 21, 14, 0, tzinfo=UTC))) == "yesterday at 23:00"


@pytest.mark.parametrize(
    ("language", "zloty", "krona"),
    [
        ("en", "89.00 PLN", "1,249.00 SEK"),
        ("pl", "89,00 zł", "1 249,00 SEK"),
        ("sv", "89,00 PLN", "1 249,00 kr"),
        ("de", "89,00 PLN", "1.249,00 SEK"),
    ],
)
def test_money_is_written_as_people_write_it(language: str, zloty: str, krona: str) -> None:
    said = [words(language).money(minor, code) for minor, code in ((8900, "PLN"), (124900, "SEK"))]
    assert [plain(text) for text in said] == [zloty, krona]


def test_pounds_have_their_sign_in_english() -> None:
    assert words("en").money(8900, "GBP") == "£89.00"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ["1 piece is missing", "2 pieces are missing", "5 pieces are missing", "22 pieces are missing"]),
        ("pl", ["brakuje 1 sztuki", "brakuje 2 sztuk", "brakuje 5 sztuk", "brakuje 22 sztuk"]),
        ("sv", ["1 saknas", "2 saknas", "5 saknas", "22 saknas"]),
        ("de", ["1 Stück fehlt", "2 Stück fehlen", "5 Stück fehlen", "22 Stück fehlen"]),
    ],
)
def test_things_are_counted_in_the_languages_own_forms(language: str, forms: list[str]) -> None:
    count = words(language).count
    said = [str(count("%(num)s piece is missing", "%(num)s pieces are missing", num)) for num in (1, 2, 5, 22)]
    assert said == forms


def test_polish_bags_take_three_forms() -> None:
    one, many = (
        "%(num)s bag is waiting for you. Please collect it %(by)s.",
        "%(num)s bags are waiting for you. Please collect them %(by)s.",
    )
    said = [str(words("pl").count(one, many, num, by=Markup("x"))) for num in (1, 3, 5, 12, 23)]
    assert [re.search(r"torb\w|toreb", text)[0] for text in said] == ["torba", "torby", "toreb", "toreb", "torby"]


def test_what_people_typed_is_escaped_and_stands_apart() -> None:
    said = words("en").say("%(name)s may collect it, too.", name="<b>Ada\u202e")
    assert said == "<bdi>&lt;b&gt;Ada\u202e</bdi> may collect it, too."
