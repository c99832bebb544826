"""The languages that screens, letters and papers speak, and how each of them writes dates and money."""

from __future__ import annotations

import re
from functools import cache

from babel.languages import get_official_languages

#: By the code of BCP 47, each under its own name. A new one is told about in docs/languages.md.
LANGUAGES = {"en": "English", "pl": "Polski", "sv": "Svenska", "de": "Deutsch"}
#: British for English, because shops of the continent write 24 hours and the day first.
LOCALES = {"en": "en_GB", "pl": "pl_PL", "sv": "sv_SE", "de": "de_DE"}


def nearest_language(wanted: str | None) -> str:
    """The nearest language that we speak: `pl-PL` and `pl` are Polish; English for the rest."""
    first = re.split(r"[-_]", (wanted or "").lower())[0]
    return first if first in LANGUAGES else "en"


@cache
def language_of_country(country: str | None) -> str:
    """What most people of a country (ISO 3166-1) speak by law or custom, if we speak it, else English.

    Source: the territories' languages of Unicode's CLDR.
    """
    spoken = get_official_languages(country, de_facto=True) if country else ()
    return nearest_language(spoken[0] if spoken else None)
