"""Which of our languages somebody is spoken to in."""

from __future__ import annotations

import pytest

from omni_pickup.languages import LANGUAGES, LOCALES, language_of_country, nearest_language


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("pl", "pl"),
        ("pl-PL", "pl"),
        ("SV_SE", "sv"),
        ("de-CH", "de"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
        ("../", "en"),
    ],
)
def test_a_language_that_we_do_not_speak_is_answered_in_english(wanted: str | None, spoken: str) -> None:
    assert nearest_language(wanted) == spoken


@pytest.mark.parametrize(
    ("country", "spoken"),
    [("PL", "pl"), ("SE", "sv"), ("AT", "de"), ("CH", "de"), ("FI", "en"), ("BE", "en"), ("XX", "en"), (None, "en")],
)
def test_a_store_speaks_what_most_people_of_its_country_speak(country: str | None, spoken: str) -> None:
    assert language_of_country(country) == spoken


def test_every_language_has_its_way_of_writing_dates_and_money() -> None:
    assert LANGUAGES.keys() == LOCALES.keys()
