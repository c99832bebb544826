"""The words of documents. Those for customers speak their language, those for staff English.

Catalogues are gettext files like all of ours (`translations/<language>/LC_MESSAGES/print.po`, compiled beside it with
`pybabel compile -D print -d omni_pickup/printing/translations`), loaded by Babel itself: a worker that prints has no
request that flask-babel could ask for a language.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel import Locale
from babel.support import NullTranslations, Translations

from omni_pickup.languages import LOCALES

TRANSLATIONS = Path(__file__).parent / "translations"


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of one of LANGUAGES; English is what templates are written in."""
    if language == "en":
        return NullTranslations()
    return Translations.load(TRANSLATIONS, [language], "print")


@cache
def locale(language: str) -> Locale:
    """How one of LANGUAGES writes dates and money."""
    return Locale.parse(LOCALES[language])
