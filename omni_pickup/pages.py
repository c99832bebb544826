"""What the pages of board and office share: a form that was refused, and links that end in a redirect."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, make_response, redirect, render_template, request, session
from flask_babel import format_currency, format_date, format_time, get_locale, get_translations
from werkzeug.wrappers import Response as BaseResponse

from omni_pickup.config import ROOT
from omni_pickup.errors import OperationError
from omni_pickup.extensions import babel
from omni_pickup.icons import draw_icon
from omni_pickup.languages import LANGUAGES
from omni_pickup.models.stores import Store
from omni_pickup.page_languages import language_facts, page_language
from omni_pickup.refusal_words import say, words_of
from omni_pickup.rules.money import from_minor


def init_app(app: Flask) -> None:
    """Give templates the page's language, times by the store's own clock, and the shapes of icons."""
    babel.init_app(
        app,
        default_domain="staff",
        default_translation_directories=str(ROOT / "translations"),
        locale_selector=page_language,
    )
    app.context_processor(language_facts)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # The i18n extension brings it.
        lambda text: _catalogue().ugettext(text),
        lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    for words in (local_time, local_day, day_words, money_words, minutes_until, say):
        app.add_template_filter(words)
    app.jinja_env.globals["languages"] = LANGUAGES
    app.jinja_env.globals["draw_icon"] = draw_icon


#: What stands between the parts of a date: `Sa., 21. Nov.`, `sob., 21 lis`.
_MARKS = {"de": (("E d", "E, d"), ("d M", "d. M")), "pl": (("E d", "E, d"),)}
#: The currency behind the figures, in every language.
_MONEY = "#,##0.00\N{NO-BREAK SPACE}¤"
#: The words of each language, read once by each process.
_catalogues: dict[object, Any] = {}


def _catalogue() -> Any:
    """The words of the page's language; Flask-Babel would look for them three times for every word of a page."""
    locale = get_locale()
    if locale not in _catalogues:
        _catalogues[locale] = get_translations()
    return _catalogues[locale]


def local_time(at: datetime, store: Store) -> str:
    """The clock time in the store, such as 15:40."""
    return str(format_time(at.astimezone(ZoneInfo(store.timezone)), "HH:mm", rebase=False))


def local_day(at: datetime, store: Store) -> str:
    """The day in the store, such as Sat 21 Nov."""
    return day_words(at.astimezone(ZoneInfo(store.timezone)), "EEE d MMM")


def day_words(day: date, pattern: str) -> str:
    """A day by a CLDR pattern such as EEEE d MMMM, with the marks that the page's language puts into dates."""
    locale = get_locale()
    for before, after in _MARKS.get(locale.language if locale else "en", ()):
        pattern = pattern.replace(before, after)
    return str(format_date(day, pattern, rebase=False))


def money_words(minor: int, currency: str) -> str:
    """89,00 zł."""
    return str(format_currency(from_minor(minor, currency).amount, currency, _MONEY, currency_digits=True))


def minutes_until(at: datetime, now: datetime) -> int:
    """Whole minutes from `now` on, 0 for what is past."""
    return max(0, round((at - now).total_seconds() / 60))


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page. Caches keep it apart from the fragment that htmx gets from the same address."""
    response = make_response(render_template(template, **context), status)
    response.vary.add("HX-Request")
    return response


def show_refused(template: str, error: OperationError, **context: Any) -> Response:
    """The form again, with what is wrong in words, what was typed, and the error's status."""
    said = {"error": error, "words": words_of(error), "typed": request.form}
    response = show(template, status=error.status, **said, **context)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def go_to(address: str) -> BaseResponse:
    """After a form: look at the result with GET, so that a reload repeats nothing."""
    return redirect(address, 303)


def begin_anew() -> None:
    """Forget what the browser carried before a change of person: CSRF tokens from before are worth nothing after."""
    session.clear()
    g.pop("csrf_token", None)
