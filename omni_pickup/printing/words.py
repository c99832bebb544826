"""The words of documents. Those for customers speak their language, those for staff English.

Catalogues are gettext files like all of ours (`translations/<language>/LC_MESSAGES/print.po`, compiled beside it with
`pybabel compile -D print -d omni_pickup/printing/translations`), loaded by Babel itself: a worker that prints has no
request that flask-babel could ask for a language.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel import Locale
from babel.support import NullTranslations, Translations

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = ("en", "pl", "sv", "de")
#: British for English, because shops of the continent write 24 hours and the day first.
_LOCALES = {"en": "en_GB", "pl": "pl_PL", "sv": "sv_SE", "de": "de_DE"}


def language_of(wanted: str | None) -> str:
    """The nearest language that papers speak: `pl-PL` is Polish; English for the rest."""
    first = re.split(r"[-_]", (wanted or "").lower())[0]
    return first if first in LANGUAGES else "en"


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of one of LANGUAGES; English is what templates are written in."""
    if language == "en":
        return NullTranslations()
    return Translations.load(TRANSLATIONS, [language], "print")


@cache
def locale(language: str) -> Locale:
    """How one of LANGUAGES writes dates and money."""
    return Locale.parse(_LOCALES[language])
