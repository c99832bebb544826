"""A language that is no language: every word of a catalogue stands in brackets, so that all others stand out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from babel import Locale
from babel.support import NullTranslations
from flask.testing import FlaskClient
from flask_babel import get_babel
from flask_openapi3 import OpenAPI

from omni_pickup import pages
from omni_pickup.models import db
from omni_pickup.page_languages import LANGUAGE
from tests.e2e.shops import Shop

_OPEN, _CLOSE = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}", "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
_SAID = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSE}]*{_CLOSE}")
_WORD = re.compile(r"[^\W\d_]{2,}")
#: What people and shops wrote themselves: it stands on screens as it is.
PEOPLES_OWN = {
    "api_keys": ("hint",),
    "clients": ("name",),
    "devices": ("name",),
    "items": ("name", "sku", "attributes", "department"),
    "order_contacts": ("name", "collector_name", "vehicle", "note"),
    "staff": ("name", "login"),
    "staging_locations": ("code",),
    "stock_levels": ("location", "locations"),
    "stores": ("name", "code", "address", "timezone", "pause_reason"),
}
#: The same in every language: languages under their own names, what keys may do, currencies, numbers of goods.
NAMES = (
    *("English Polski Svenska Deutsch", "EAN PLN SEK EUR", "XXXX", "omni"),
    "orders returns stock catalog stores events webhooks read write",
)
#: Attributes that people read or hear.
_READ = frozenset({"aria-label", "alt", "placeholder", "title", "aria-description"})
#: What is not drawn as text, or holds what people and programs typed.
_UNSEEN = frozenset({"script", "style", "svg", "code", "option", "kbd", "samp"})
_VOID = frozenset({"area", "br", "hr", "img", "input", "link", "meta", "path", "use", "circle", "rect", "line"})


class Brackets(NullTranslations):
    """Says everything in English, in brackets."""

    def gettext(self, message: str) -> str:
        return f"{_OPEN}{message}{_CLOSE}"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"{_OPEN}{one if number == 1 else many}{_CLOSE}"

    ugettext, ungettext = gettext, ngettext


def speak_in_brackets(app: OpenAPI, language: str, monkeypatch: Any) -> None:
    """From now on `language` is said in brackets in this process."""
    with app.app_context():
        domain = get_babel().instance.domain_instance
    monkeypatch.setitem(domain.cache, (language, "staff"), Brackets())
    monkeypatch.setitem(pages._catalogues, Locale.parse(language), Brackets())


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN and tag not in _VOID:
            self._hidden.append(tag)
        for name, value in attributes:
            if name in _READ:
                self.found.append(value or "")
            elif name.startswith("data-") and value:
                self.found += _words_of(value)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def _words_of(value: str) -> list[str]:
    """Sentences that a script will say: those with a space, in a text or anywhere in a document."""
    try:
        document = json.loads(value)
    except ValueError:
        document = value
    return [text for text in _strings(document) if re.search(r"[a-z] [a-z]", text)]


def _strings(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for one in document.values():
            yield from _strings(one)
    elif isinstance(document, list):
        for one in document:
            yield from _strings(one)


def tablet_in_this_process(shop: Shop, login: str | None, language: str) -> FlaskClient:
    """A tablet of that person without a browser, on which `language` was chosen last."""
    client = shop.app.test_client()
    for name, value in shop.cookies(login) if login else []:
        client.set_cookie(name, value, domain="127.0.0.1")
    client.set_cookie(LANGUAGE, language, domain="127.0.0.1")
    return client


def is_in_brackets(page: str) -> bool:
    """Whether this page was said in brackets at all."""
    return _OPEN in page


def unsaid(page: str, known: frozenset[str]) -> list[str]:
    """Texts of a page with words that stand in no brackets and are not `known`."""
    texts = _Texts()
    texts.feed(page)
    return [text.strip() for text in texts.found if not known.issuperset(_words(_without_said(text)))]


def _without_said(text: str) -> str:
    """What stands in brackets may hold values that were said in brackets themselves."""
    while (shorter := _SAID.sub(" ", text)) != text:
        text = shorter
    return text


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def words_of_people() -> frozenset[str]:
    """All words of PEOPLES_OWN, the short names that are made of them, and NAMES."""
    texts = list(NAMES)
    for table, names in PEOPLES_OWN.items():
        rows = db.session.execute(db.select(*(db.metadata.tables[table].c[name] for name in names)))
        texts += [text for row in rows for text in _strings([*row])]
    words = {word for text in texts for word in _words(text)}
    # The code of a bag has three letters of the surname.
    return frozenset(words | {word[:3] for word in words})


def words_of_calendar(language: str) -> frozenset[str]:
    """Days and months, long and short."""
    locale = Locale.parse(language)
    names = [names for kind in (locale.days, locale.months) for width in kind["format"].values() for names in [width]]
    return frozenset(word for found in names for name in found.values() for word in _words(name))
