"""`omni promise report`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

import click

from omni_pickup import clock
from omni_pickup.cli.settings import opened
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.promise_reports import DAYS, PromiseReport, promise_report
from omni_pickup.queries.stores.stores import get_store, list_stores
from omni_pickup.rules.calibrations import Calibration

_HEAD = f"  {'hour':<7}{'promises':>9}{'kept':>8}{'median':>12}{'9 in 10':>12}"
_COLUMNS = ("store", "hour", "promises", "kept", "share_kept", "median_minutes", "p90_minutes")
_PAGE = 200


@click.group()
def promise() -> None:
    """What customers were told, and what happened."""


@promise.command()
@click.option("--store", "code", metavar="CODE", help="Only this store.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help=f"From this day; {DAYS} days ago.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values for a spreadsheet.")
def report(code: str | None, since: datetime | None, as_csv: bool) -> None:
    """Show by store and hour how many promises were kept, and how far off they were.

    Minutes count from the first promise to ready: below 0 is early. Nine in ten orders were ready at most as many
    minutes after their promise as the last column says. The hour is that of the promise, on the store's wall.
    """
    with opened():
        stores = [get_store(code)] if code else _all_stores()
        day = since.date() if since else None
        reports = (promise_report(store, now=clock.now(), since=day) for store in stores)
        if as_csv:
            _write_csv(reports)
        else:
            _print(reports)


def _all_stores() -> Iterator[Store]:
    after: str | None = None
    while page := list_stores(after, _PAGE):
        yield from page
        after = page[-1].code


def _print(reports: Iterable[PromiseReport]) -> None:
    """A table for each store with promises; a chain's empty stores would only hide them."""
    empty = 0
    for one in reports:
        if not one.all.promises:
            empty += 1
            continue
        click.echo(f"{one.store.code} {one.store.name}, since {one.since.isoformat()}")
        click.echo(_HEAD)
        for hour, found in one.hours.items():
            click.echo(_line(f"{hour:02}-{hour + 1:02}", found))
        click.echo(_line("all", one.all) + "\n")
    if empty:
        click.echo(f"No promise came due in {empty} {'store' if empty == 1 else 'stores'}.", err=True)


def _line(name: str, found: Calibration) -> str:
    share = f"{found.share:.0%}" if found.share is not None else "-"
    return f"  {name:<7}{found.promises:>9}{share:>8}{_minutes(found.median):>12}{_minutes(found.p90):>12}"


def _minutes(error: float | None) -> str:
    return "-" if error is None else f"{round(error):+d} min"


def _write_csv(reports: Iterable[PromiseReport]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in reports:
        for hour, found in [*one.hours.items(), ("all", one.all)]:
            writer.writerow([_inert(one.store.code), hour, found.promises, found.kept, *_figures(found)])


def _inert(text: str) -> str:
    """A store's code that a spreadsheet would take for a formula is shown as the text that it is."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _figures(found: Calibration) -> Iterator[str]:
    for figure, digits in ((found.share, 4), (found.median, 1), (found.p90, 1)):
        yield "" if figure is None else f"{figure:.{digits}f}"


COMMANDS = (promise,)
