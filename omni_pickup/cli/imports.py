"""`omni import stores | items | stock`: every row is checked, then all are written, or none."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from omni_pickup.cli.import_rows import ATTRIBUTE, COLUMNS, REQUIRED, Row, item_of, level_of, store_of
from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.errors import Invalid, NotFound, OperationError
from omni_pickup.models import transaction
from omni_pickup.queries.stores.stores import get_store
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.services.stock.items import put_item
from omni_pickup.services.stock.stock_levels import set_level
from omni_pickup.services.stores.stores import put_store

#: So many wrong lines are shown; a file whose columns are shifted has thousands.
MOST_SHOWN = 20
Line = tuple[int, dict[str, Any], Row]


class ImportRefused(OperationError):
    code = "import_refused"
    status = 422
    title = "Nothing was imported"


class _Wrong:
    """What is wrong, by line number."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def at(self, line: int) -> Iterator[None]:
        try:
            yield
        except RuleProblem as problem:
            self.add(line, problem.pointer, problem.message)
        except Invalid as problem:
            for error in problem.details["errors"] or [{"pointer": "", "message": problem.message}]:
                self.add(line, error["pointer"], error["message"])
        except NotFound as problem:
            self.add(line, None, problem.message)

    def add(self, line: int, pointer: str | None, message: str) -> None:
        self.lines.append(f"line {line}: {f'{pointer[1:]}: ' if pointer else ''}{message}")

    def settle(self) -> None:
        """Raise ImportRefused with the first lines when there is any."""
        if self.lines:
            more = len(self.lines) - MOST_SHOWN
            shown = [*self.lines[:MOST_SHOWN], *([f"and {more} more."] if more > 0 else [])]
            raise ImportRefused("\n  ".join(["Nothing was imported:", *shown]))


def _put_store(values: dict[str, Any], row: Row) -> None:
    put_store(row["code"], values, by=OPERATOR)


def _put_item(values: dict[str, Any], row: Row) -> None:
    put_item(row["sku"], values, by=OPERATOR)


def _put_level(values: dict[str, Any], row: Row) -> None:
    set_level(get_store(row["store"]), row["sku"], values, by=OPERATOR)


_KINDS: dict[str, tuple[Callable[[Row], dict[str, Any]], Callable[[dict[str, Any], Row], None], tuple[str, ...]]] = {
    "stores": (store_of, _put_store, ("code",)),
    "items": (item_of, _put_item, ("sku",)),
    "stock": (level_of, _put_level, ("store", "sku")),
}


@click.command("import")
@click.argument("kind", type=click.Choice(list(_KINDS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(kind: str, file: Path) -> None:
    """Take stores, items or stock over from FILE, a CSV with a line of column names (UTF-8)."""
    rows = _read(kind, file)
    with opened():
        count = _import(kind, rows)
    click.echo(f"{count} lines of {file} are in.")


def _import(kind: str, rows: Iterable[tuple[int, Row]]) -> int:
    """Check the shape of all rows first, then write them all in one transaction, which any wrong row undoes."""
    read, write, _ = _KINDS[kind]
    wrong = _Wrong()
    lines: list[Line] = []
    for number, row in rows:
        with wrong.at(number):
            lines.append((number, read(row), row))
    _refuse_doubles(kind, lines, wrong)
    wrong.settle()
    with (
        transaction(f"import_{kind}"),
        click.progressbar(lines, label=f"Importing {kind}", file=sys.stderr) as bar,
    ):
        for number, values, row in bar:
            with wrong.at(number):
                write(values, row)
        wrong.settle()
    return len(lines)


def _refuse_doubles(kind: str, lines: Iterable[Line], wrong: _Wrong) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for number, _, row in lines:
        key = tuple(row[name] for name in _KINDS[kind][2])
        first = seen.setdefault(key, number)
        if first != number:
            wrong.add(number, None, f"{' '.join(key)} stands in line {first} already.")


def _read(kind: str, file: Path) -> list[tuple[int, Row]]:
    """Rows with the numbers of their lines. Raises ImportRefused for a file or heading that cannot be read."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened_file:
            reader = csv.DictReader(opened_file, strict=True)
            _check_heading(kind, reader.fieldnames or [])
            return [(reader.line_num, _clean(row, reader.line_num)) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{file} is no CSV file in UTF-8: {error}.") from error


def _check_heading(kind: str, names: Iterable[str]) -> None:
    given = list(names)
    unknown = [name for name in given if name not in COLUMNS[kind] and not name.startswith(ATTRIBUTE)]
    missing = [name for name in REQUIRED[kind] if name not in given]
    if unknown or missing or len(set(given)) < len(given):
        found = f"unknown: {', '.join(unknown)}" if unknown else f"missing or twice: {', '.join(missing or given)}"
        raise ImportRefused(f"The columns are not right ({found}). Known are: {', '.join(COLUMNS[kind])}.")


def _clean(row: dict[str | Any, str | Any], line: int) -> Row:
    if None in row or None in row.values():
        raise ImportRefused(f"Nothing was imported:\n  line {line}: it has more or fewer fields than the first line.")
    return {name: value.strip() for name, value in row.items()}


COMMANDS = (import_command,)
