"""The words of the customer's pages: four languages, times by the store's own clock, money as people write it.

Catalogues are gettext files (`translations/<language>/LC_MESSAGES/customer.po`, compiled beside it with
`pybabel compile -D customer -d translations`). Values that are put into a sentence are escaped and stand apart from
it, so that a name written from right to left turns nothing around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations
from flask import request
from markupsafe import Markup, escape

from omni_pickup.config import ROOT, Settings
from omni_pickup.languages import LANGUAGES, LOCALES
from omni_pickup.rules.currencies import money_pattern
from omni_pickup.rules.money import from_minor
from omni_pickup.security_headers import cookie_name

LANGUAGE_COOKIE = "language"
TRANSLATIONS = ROOT / "translations"
#: Polish puts the weekday in brackets, where it needs no other ending.
_DAYS = {"en": "EEEE d MMMM", "pl": "d MMMM (EEEE)", "sv": "EEEE d MMMM", "de": "EEEE, d. MMMM"}


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of one of LANGUAGES; English is what pages are written in."""
    if language == "en":
        return NullTranslations()
    return Translations.load(TRANSLATIONS, [language], "customer")


@dataclass(frozen=True, slots=True)
class Words:
    """Speaks one language at one moment in one time zone."""

    language: str
    timezone: str
    now: datetime

    def say(self, text: str, **values: object) -> Markup:
        """The sentence `text` with its values."""
        sentence = catalogue(self.language).gettext(text)
        return Markup(sentence) % _apart(values)  # noqa: S704 - our own words; values are escaped.

    def count(self, one: str, many: str, num: int, **values: object) -> Markup:
        """The sentence in the form that `num` things ask for; `num` is one of its values."""
        sentence = catalogue(self.language).ngettext(one, many, num)
        return Markup(sentence) % _apart({"num": num, **values})  # noqa: S704 - our own words; values are escaped.

    def time(self, at: datetime) -> Markup:
        """15:30."""
        return escape(format_time(self._local(at), "short", locale=LOCALES[self.language]))

    def day(self, at: datetime) -> Markup:
        """Tuesday 24 November."""
        return escape(format_date(self._local(at), _DAYS[self.language], locale=LOCALES[self.language]))

    def stamp(self, at: datetime) -> Markup:
        """As short as a list allows: the time of today, else the day."""
        if self._days_ahead(at) == 0:
            return self.time(at)
        return escape(format_date(self._local(at), "d MMM", locale=LOCALES[self.language]))

    def by(self, at: datetime) -> Markup:
        """A deadline: by 15:30, by tomorrow, 15:30, by Tuesday 24 November, 15:30."""
        _, ahead = self.say, self._days_ahead(at)
        if ahead == 0:
            return _("by %(time)s", time=self.time(at))
        if ahead == 1:
            return _("by tomorrow, %(time)s", time=self.time(at))
        return _("by %(day)s, %(time)s", day=self.day(at), time=self.time(at))

    def on(self, at: datetime) -> Markup:
        """A moment: at 15:30, tomorrow at 15:30, on Tuesday 24 November at 15:30."""
        _, ahead = self.say, self._days_ahead(at)
        if ahead == 0:
            return _("at %(time)s", time=self.time(at))
        if ahead == 1:
            return _("tomorrow at %(time)s", time=self.time(at))
        if ahead == -1:
            return _("yesterday at %(time)s", time=self.time(at))
        return _("on %(day)s at %(time)s", day=self.day(at), time=self.time(at))

    def by_day(self, at: datetime) -> Markup:
        """A deadline that is a whole day: by Friday 4 December."""
        return self.say("by %(day)s", day=self.day(at))

    def until(self, at: datetime) -> Markup:
        """The end of a time that is over: until Tuesday 24 November, 21:00."""
        return self.say("until %(day)s, %(time)s", day=self.day(at), time=self.time(at))

    def number(self, value: float) -> Markup:
        """3,5: at most one digit behind the mark."""
        return escape(format_decimal(value, "#,##0.#", locale=LOCALES[self.language]))

    def money(self, minor: int, currency: str) -> Markup:
        """89,00 zł."""
        money = from_minor(minor, currency)
        pattern = money_pattern(self.language, money.currency)
        return escape(format_currency(money.amount, money.currency, pattern, locale=LOCALES[self.language]))

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.timezone))

    def _days_ahead(self, at: datetime) -> int:
        # An order is due at 24:00 today, not at midnight tomorrow.
        day = self._local(at - timedelta(microseconds=1)).date()
        return (day - self._local(self.now).date()).days


def speak(wanted: str | None, *, timezone: str, now: datetime, settings: Settings) -> Words:
    """The language that this browser chose, else the one that the order came with, else the browser's own."""
    chosen = request.cookies.get(cookie_name(LANGUAGE_COOKIE, settings), "")
    for language in (chosen, _nearest(wanted)):
        if language in LANGUAGES:
            return Words(language, timezone, now)
    return Words(request.accept_languages.best_match(list(LANGUAGES), "en"), timezone, now)


def _nearest(wanted: str | None) -> str:
    return (wanted or "").lower().replace("_", "-").split("-")[0]


def _apart(values: dict[str, object]) -> dict[str, object]:
    """Texts that people typed, each in an element of its own direction; numbers and our own words as they are."""
    return {
        name: value if isinstance(value, Markup | int) else Markup("<bdi>{}</bdi>").format(value)
        for name, value in values.items()
    }
