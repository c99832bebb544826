"""Facts to HTML: the templates of `templates/print/`, with barcodes, dates and money as paper writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from omni_pickup.config import ROOT
from omni_pickup.printing import barcodes, words
from omni_pickup.printing.failures import PartMissing
from omni_pickup.queries.papers.papers import ItemFacts
from omni_pickup.rules.currencies import money_pattern
from omni_pickup.rules.money import from_minor
from omni_pickup.rules.problems import RuleProblem

#: Signs that draw nothing, and marks with which a name could turn the line around it from right to left.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def fill(template: str, *, language: str, **facts: Any) -> str:
    """One page of HTML. Raises PartMissing for a number that no barcode can carry."""
    try:
        return _environment(language).get_template(template).render(language=language, **facts)
    except RuleProblem as problem:
        raise PartMissing(f"The document cannot be printed: {problem.message}", part=problem.code) from problem


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "print"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue, locale = words.catalogue(language), words.locale(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        qr=barcodes.qr, code128=barcodes.code128, gs1_sscc=barcodes.gs1_sscc, item_code=_item_code
    )
    filters: dict[str, Callable[..., Any]] = {
        "day": partial(_day, locale=locale),
        "short_day": partial(_short_day, locale=locale),
        "time": partial(_time, locale=locale),
        "money": partial(_money, locale=locale),
    }
    environment.filters.update(filters)
    return environment


def _printable(value: Any) -> Any:
    return _UNPRINTABLE.sub("", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _item_code(item: ItemFacts, *, dots: int, height: int, room: int) -> Markup:
    """What a scanner reads for this item within `room` dots: its own number, or the SKU of one that has none."""
    number = item.gtin or item.sku
    bars = barcodes.gtin(number) if item.gtin else _sku_bars(item.sku)
    if bars is not None and bars.modules * dots <= room:
        return bars.svg(dots=dots, height=height)
    # A square holds what bars cannot: letters of every alphabet, and more of them on the same width.
    return barcodes.qr(number, dots=3)


def _sku_bars(sku: str) -> barcodes.Bars | None:
    fits = sku.isascii() and sku.isprintable() and len(sku) <= barcodes.LONGEST_CODE_128
    return barcodes.code128(sku) if fits else None


def _day(value: date, *, locale: Any) -> str:
    return format_date(value, "EEE d MMM y", locale=locale)


def _short_day(value: date, *, locale: Any) -> str:
    return format_skeleton("MMMd", datetime(value.year, value.month, value.day), locale=locale)  # noqa: DTZ001


def _time(value: datetime, *, locale: Any) -> str:
    return format_time(value, "HH:mm", tzinfo=value.tzinfo, locale=locale)


def _money(minor: int, currency: str, *, locale: Any) -> str:
    pattern = money_pattern(str(locale)[:2], currency)
    return format_currency(from_minor(minor, currency).amount, currency, pattern, locale=locale)
