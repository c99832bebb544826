"""Everything that happens to goods, in any order, against a plain-Python model.

The books agree after every step, every figure, counter, flag and state is what the model says, and nothing is refused
that the model allows.
"""

from __future__ import annotations

import copy
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test
from sqlalchemy import event, select

from omni_pickup.models import db
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.returns import Return
from omni_pickup.models.stock import FIGURES, StockLevel
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.picking import picks
from omni_pickup.services.stock import holds, stock_levels
from omni_pickup.services.transfers import transfers
from tests.builders import make_client, make_item
from tests.floor import make_place
from tests.model.desk_rules import DeskRules
from tests.model.notebook import COUNTERS, Notebook
from tests.model.shelf_rules import ShelfRules
from tests.model.van_rules import VanRules
from tests.people import make_staff, make_store


class Beginning:
    """The same morning for every life: the database's file and the notebook are copied, which costs a hundredth of
    taking and packing the orders anew.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._database = sqlite3.connect(":memory:")
        self._notes: tuple[Notebook, int, list[datetime]] | None = None

    def remember(self, machine: Goods) -> None:
        db.session.rollback()
        with sqlite3.connect(self._path) as source:
            source.backup(self._database)
        self._notes = copy.deepcopy((machine.book, machine.serial, machine.moments))

    def return_to(self, machine: Goods) -> bool:
        """Whether there is one already."""
        if self._notes is None:
            return False
        db.session.rollback()
        db.session.expunge_all()
        with sqlite3.connect(self._path) as target:
            self._database.backup(target)
        machine.book, machine.serial, machine.moments = copy.deepcopy(self._notes)
        return True


class Goods(ShelfRules, VanRules, DeskRules):
    """Two stores and two items; the whole floor of one of them."""

    beginning: Beginning
    #: Set by every commit: after a step that changed nothing there is nothing to look at.
    changed = True

    @initialize()
    def begin(self) -> None:
        if not self.beginning.return_to(self):
            self.open_the_shop()
            self.beginning.remember(self)

    def open_the_shop(self) -> None:
        super().open_the_shop()
        # Random steps rarely get from an empty floor to a handoff, so each life begins in the middle.
        for shirts, mugs in ((2, 1), (1, 0), (2, 2), (1, 1), (2, 0)):
            self._order(shirts, mugs)
        for sale in (*self.book.sales[:2], self.book.sales[4]):
            self._pick_all(sale)
            self._pack(sale, sale.lines[0], sale.lines[0].picked)
            self._stage_all(sale)
        self._give(self.book.sales[4], {})
        self._announce(self.book.sales[4], self.book.sales[4].lines[0], 2)
        self.ask_for_goods(sku="MUG", pieces=2, from_far=True)
        self.ask_for_goods(sku="SHIRT", pieces=1, from_far=False)
        self.look_at_the_clock()

    @invariant()
    def everything_is_as_the_notebook_says(self) -> None:
        if not hasattr(self, "book") or not type(self).changed:
            return
        type(self).changed = False
        self.look_at_the_clock()
        self._check_figures()
        self._check_lines()
        self._check_returns()
        self._check_dangers()
        assert list_differences() == []

    def _check_figures(self) -> None:
        figures = (*FIGURES, "deficit", "blocked")
        columns = [getattr(StockLevel, name) for name in figures]
        rows = db.session.execute(select(StockLevel.store_id, StockLevel.item_id, *columns))
        levels = {(row[0], row[1]): dict(zip(figures, row[2:], strict=True)) for row in rows}
        for far in (False, True):
            for sku, shelf in self.book.at(far=far).items():
                level = levels[self._store(far=far).id, self.items[sku].id]
                assert level.pop("blocked") == shelf.blocked, sku
                assert {name: value for name, value in level.items() if value} == shelf.figures(), sku

    def _check_lines(self) -> None:
        columns = [getattr(OrderLine, name) for name in COUNTERS]
        rows = db.session.execute(select(Order.public_id, Order.state, OrderLine.line_id, *columns).join(OrderLine))
        found = {(row[0], row[2]): (row[1], *row[3:]) for row in rows}
        expected = {
            (sale.public_id, line.line_id): (sale.state, *line.counters())
            for sale in self.book.sales
            for line in sale.lines
        }
        assert found == expected

    def _check_returns(self) -> None:
        found = dict(db.session.execute(select(Return.public_id, Return.state)).all())
        assert found == {back.public_id: back.state for back in self.book.backs}

    def _check_dangers(self) -> None:
        """Exactly the unpicked pieces with the latest promise, up to the deficit; all that wait while it is blocked."""
        rows = db.session.execute(
            select(OrderLine.item_id, OrderLine.open - OrderLine.picked, OrderLine.endangered)
            .join(Order, Order.id == OrderLine.order_id)
            .where(Order.store_id == self.store.id)
            .order_by(Order.promised_at.desc(), OrderLine.id.desc())
        ).all()
        lines = defaultdict(list)
        for item_id, unpicked, endangered in rows:
            lines[item_id].append((unpicked, endangered))
        for sku, shelf in self.book.shelves.items():
            left = shelf.deficit
            for unpicked, endangered in lines[self.items[sku].id]:
                least = min(left, unpicked)
                left -= least
                assert least <= endangered <= (unpicked if shelf.blocked else least), sku


def make_machine() -> type[Goods]:
    """The machine on an empty database of its own."""
    here = make_store()
    make_place(here)

    class Machine(Goods):
        pass

    def note(_: object) -> None:
        Machine.changed = True

    # Thousands of commits of which none has to survive a power cut: these tests only may be careless.
    event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    event.listen(db.engine, "commit", note)
    Machine.store, Machine.far, Machine.client = here, make_store("WAW-02"), make_client()
    Machine.ola = Actor("staff", staff_id=make_staff("ola", Machine.store, Machine.far, pin=None).id)
    Machine.items = {"SHIRT": make_item("SHIRT"), "MUG": make_item("MUG", price_minor=500)}
    Machine.beginning = Beginning(str(db.engine.url.database))
    db.session.remove()
    db.engine.dispose()
    return Machine


def live(machine: type[Goods], examples: int, steps: int, **more: Any) -> None:
    """So many lives of so many steps."""
    careless = {"deadline": None, "suppress_health_check": list(HealthCheck), **more}
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=steps, **careless))


@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        (25, 50),
        pytest.param(200, 50, marks=pytest.mark.long),
        pytest.param(2000, 100, marks=pytest.mark.long),
    ],
)
def test_goods_are_always_where_the_books_say(own_app: OpenAPI, examples: int, steps: int) -> None:
    live(make_machine(), examples, steps)


def _nothing(*_: object, **__: object) -> None:
    """What a forgotten line of the product would do."""


def _let_go_of_a_hold(machine: Goods) -> None:
    machine.hold(sku="MUG", pieces=1)
    machine.release(data=None)


def _fetch_what_is_in_danger(machine: Goods) -> None:
    machine.send_a_plain_figure(sku="SHIRT", figure=6, far=False)
    latest = machine.book.sales[3]
    machine._pick(latest, latest.line("1"), 1)


def _tell_of_the_morning(machine: Goods) -> None:
    machine.sell_at_the_till(sku="MUG", pieces=2, far=False)
    machine.send_the_figure_of_a_moment(data=None, sku="MUG", off=0)


def _call_a_van_off(machine: Goods) -> None:
    machine.send_a_plain_figure(sku="SHIRT", figure=6, far=False)
    machine._send(machine.book.vans[1], 0)


STORIES: dict[str, tuple[Callable[[Goods], None], ModuleType, str, Callable[..., Any]]] = {
    "a hold": (_let_go_of_a_hold, holds, "release_pieces", _nothing),
    "a pick": (_fetch_what_is_in_danger, picks, "recheck_deficit", _nothing),
    "a night figure": (_tell_of_the_morning, stock_levels, "moved_since", lambda *_: 0),
    "a van": (_call_a_van_off, transfers, "recheck_deficit", _nothing),
}


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("story", STORIES)
def test_a_forgotten_line_is_noticed(
    own_app: OpenAPI, monkeypatch: pytest.MonkeyPatch, story: str, forgets: bool
) -> None:
    """The twin with the guard off: without one line of the product the notebook does not agree any more."""
    tell, module, name, broken = STORIES[story]
    machine = make_machine()()
    machine.begin()
    monkeypatch.setattr(machine, "_draw", lambda _, choices: choices[0])
    if forgets:
        monkeypatch.setattr(module, name, broken)
    tell(machine)
    with pytest.raises(AssertionError) if forgets else nullcontext():
        machine.everything_is_as_the_notebook_says()
