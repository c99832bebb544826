"""Where the words of each kind of page come from, and where their catalogues lie.

All are gettext files: what people translate (`.po`) with what programs read (`.mo`) beside it. What English says is
the key, so that there is no catalogue for English.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from omni_pickup.config import ROOT
from omni_pickup.errors import OperationError
from omni_pickup.languages import LANGUAGES

#: Columns of a line of the files that people edit.
_WIDTH = 120
#: English is what pages are written in.
OTHERS = tuple(language for language in LANGUAGES if language != "en")
Keywords = Mapping[str, tuple[int, ...] | None]
_WORDS: Keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
#: Faces and rooms that never speak to the staff; those of services and queries speak to shops and their programs.
_SILENT = (
    *("api", "channels", "cli", "customer", "delivery", "printing"),
    *("services/idempotency.py", "services/orders/order_changes.py", "services/orders/order_values.py"),
    *("services/orders/orders.py", "services/returns/return_refunds.py", "services/returns/return_values.py"),
    *("services/stock/holds.py", "services/stock/items.py", "services/stock/stock_levels.py"),
    *("services/stock/stock_adjustments.py", "services/stores/store_values.py", "queries/stock/availability.py"),
    *("queries/stock/holds.py", "queries/orders/event_feeds.py", "queries/histories.py", "rules/money.py"),
    *("rules/opening_hours.py", "rules/sscc.py", "rules/promises.py", "rules/paces.py", "rules/currencies.py"),
)
_MACHINES = tuple(
    f"omni_pickup.{part}"
    for part in (*_SILENT[:5], "services.idempotency", "queries.histories", "queries.orders.event_feeds")
)


@dataclass(frozen=True)
class Source:
    """A folder whose files of one kind hold words; paths that begin with one of `without` are left out."""

    folder: str
    method: str
    keywords: Keywords = field(default_factory=lambda: _WORDS)
    without: Sequence[str] = ()

    def messages(self) -> Iterator[tuple[str, str | tuple[str, ...]]]:
        """Every text with the file that asks for it."""
        pattern = "**.py" if self.method == "python" else "**.html"
        found = extract_from_dir(ROOT / self.folder, [(pattern, self.method)], keywords=dict(self.keywords))
        for name, _line, message, _comments, _context in found:
            if not str(name).startswith(tuple(self.without)):
                yield f"{self.folder}/{name}", message


@dataclass(frozen=True)
class Domain:
    """One catalogue in each language."""

    name: str
    folder: Path
    sources: tuple[Source, ...]

    def po(self, language: str) -> Path:
        """What people translate."""
        return self.folder / language / "LC_MESSAGES" / f"{self.name}.po"

    def asked_for(self) -> Catalog:
        """Every text that the program may ask for, without translations."""
        catalog = Catalog(charset="utf-8")
        for source in self.sources:
            for _name, message in source.messages():
                catalog.add(message)
        if self.name == "staff":
            for title in refusal_titles():
                catalog.add(title)
        return catalog

    def read(self, language: str) -> Catalog:
        """The translations as they are written; empty for a language that has none yet."""
        path = self.po(language)
        if not path.exists():
            return Catalog(locale=language, project="omni_pickup", charset="utf-8")
        return read_po(io.BytesIO(path.read_bytes()), locale=language)

    def updated(self, language: str, template: Catalog) -> Catalog:
        """The translations brought up to `template`: new texts empty, those that nothing asks for left out."""
        catalog = self.read(language)
        # A copy, because new texts become the very messages of the catalogue that takes them up.
        wanted = deepcopy(template)
        wanted.creation_date = catalog.creation_date
        catalog.update(wanted, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        return catalog

    def files(self, language: str, catalog: Catalog) -> tuple[bytes, bytes]:
        """What stands in the file for people and in that for programs."""
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        return _glossary(self.po(language)) + _as_po(catalog), compiled.getvalue()

    def write(self, language: str, template: Catalog) -> list[str]:
        """Bring the translations up to `template` and compile them; what still has to be translated."""
        catalog, path = self.updated(language, template), self.po(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in zip((path, path.with_suffix(".mo")), self.files(language, catalog), strict=True):
            file.write_bytes(content)
        return [str(message.id) for message in catalog if message.id and not _is_said(message.string)]


def _glossary(path: Path) -> bytes:
    """The comment at the top, in which translators keep the words they chose; kept as they wrote it."""
    return path.read_bytes().partition(b'msgid ""')[0] if path.exists() else b""


def _as_po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=_WIDTH, no_location=True, sort_output=True, ignore_obsolete=True)
    return b"".join(file.getvalue().partition(b'msgid ""')[1:])


def _is_said(string: str | Sequence[str] | None) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


def _refusals() -> list[type[OperationError]]:
    for face in ("board", "office", "error_pages", "live"):
        import_module(f"omni_pickup.{face}")
    found, left = [OperationError], [OperationError]
    while left:
        below = left.pop().__subclasses__()
        found += below
        left += below
    return [one for one in found if not one.__module__.startswith(_MACHINES) and one.__module__.startswith("omni_")]


def refusal_titles() -> list[str]:
    """The names of all refusals that the staff can meet, and of the statuses that stand for one."""
    statuses = ["Bad Request", "Not Found", "Method Not Allowed", "Unsupported Media Type", "Too Many Requests"]
    return sorted({one.title for one in _refusals()} | {*statuses, "Something went wrong on our side"})


def _staff_keywords() -> Keywords:
    """Besides the usual ones: a refusal's sentence stands first in it, or second behind the field that it is about."""
    refusals = dict.fromkeys((one.__name__ for one in _refusals()), None)
    marks = {"lazy_gettext": None, "sentence": None, "_noted": None, "RuleProblem": None, "at": (2,)}
    return {**_WORDS, **marks, **refusals}


def domains() -> tuple[Domain, ...]:
    """All catalogues: the customer's pages, printed documents, the staff's screens."""
    words_of_customers: Keywords = {**_WORDS, "say": None, "count": (1, 2)}
    customer = (
        Source("omni_pickup/customer", "python", words_of_customers),
        Source("templates/customer", "jinja2", words_of_customers),
    )
    staff = (
        Source("omni_pickup", "python", _staff_keywords(), _SILENT),
        Source("templates", "jinja2", _WORDS, ("customer/", "mail/", "print/", "api/")),
    )
    return (
        Domain("customer", ROOT / "translations", customer),
        Domain("print", ROOT / "omni_pickup/printing/translations", (Source("templates/print", "jinja2"),)),
        Domain("staff", ROOT / "translations", staff),
    )
