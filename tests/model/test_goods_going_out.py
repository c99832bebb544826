"""Orders, picks, shorts, cancels, bags, handoffs, put-backs, holds and counts against a plain-Python model.

The books agree after every step, every counter and state is what the model says, and nothing is refused that the
model allows.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import event, select

from omni_pickup.errors import InsufficientStock, OperationError
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.models.picking import FloorTask, PickTask, ShortPick
from omni_pickup.models.stock import FIGURES, StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.books import list_differences
from omni_pickup.queries.holds import get_hold
from omni_pickup.queries.orders import get_order
from omni_pickup.queries.packages import get_package
from omni_pickup.services.expiries import expire_due_orders
from omni_pickup.services.handoff_plans import LineResult
from omni_pickup.services.handoff_undos import get_handoff, undo_handoff
from omni_pickup.services.handoffs import hand_over
from omni_pickup.services.holds import place_hold, release_hold
from omni_pickup.services.order_cancels import cancel_order, cancel_pieces
from omni_pickup.services.orders import place_order
from omni_pickup.services.packages import empty_bag, pack_bag, take_out_piece
from omni_pickup.services.picks import pick_pieces, undo_pick
from omni_pickup.services.put_backs import put_back
from omni_pickup.services.question_answers import answer_question
from omni_pickup.services.short_pick_ends import found_it, get_short_pick, undo_short_pick
from omni_pickup.services.short_picks import short_pick
from omni_pickup.services.staging import stage_bag, unstage_bag
from omni_pickup.services.stock_deficits import recheck_deficit
from omni_pickup.services.stock_levels import set_level
from omni_pickup.services.stock_moves import Cause, move_stock
from tests.builders import make_client, make_item, order_values
from tests.floor import make_place
from tests.model.going_out import COUNTERS, Bag, Carry, Line, Notebook, Sale
from tests.people import make_store

PIECES = st.integers(1, 3)
REASONS = st.sampled_from(["not_found", "mismatch", "damaged", "display"])
#: What every life begins with; all other rows are wiped before the next one.
KEPT = {"stores", "items", "item_gtins", "clients", "staging_locations", "staff", "counters", "settings"}


class GoodsGoingOut(RuleBasedStateMachine):
    """One store and two items; every rule does the same to the product and to the notebook."""

    store: Store
    items: dict[str, Item]
    client: Client

    @initialize()
    def begin(self) -> None:
        _wipe()
        self.book = Notebook(list(self.items))
        self.holds: list[tuple[str, str, int]] = []
        self.serial = 0
        for sku in self.items:
            self._deliver(sku, 9)
        # Random steps rarely get from an empty floor to a handoff, so each life begins in the middle.
        for shirts, mugs in ((2, 1), (1, 0), (2, 2), (1, 1)):
            self._order(shirts, mugs)
        for sale in self.book.sales[:2]:
            self._pick_all(sale)
            self._pack(sale, sale.lines[0], sale.lines[0].picked)
            self._stage_all(sale)

    # Helpers.

    def _draw(self, data: st.DataObject, choices: list[Any]) -> Any:
        return data.draw(st.sampled_from(choices)) if choices else None

    def _sales(self, *states: str) -> list[Sale]:
        return [sale for sale in self.book.sales if sale.state in states]

    def _open_lines(self) -> list[tuple[Sale, Line]]:
        return [(sale, line) for sale in self.book.sales if sale.is_open for line in sale.lines]

    def _deliver(self, sku: str, pieces: int) -> None:
        with transaction():
            move_stock(self.store.id, self.items[sku].id, cause=Cause("adjustment", SYSTEM), on_hand=pieces)
            recheck_deficit(self.store.id, self.items[sku].id, by=SYSTEM)
        self.book.shelves[sku].on_hand += pieces

    def _order(self, shirts: int, mugs: int) -> None:
        wanted = {sku: pieces for sku, pieces in (("SHIRT", shirts), ("MUG", mugs)) if pieces}
        self.serial += 1
        values = order_values(wanted, external_id=f"M-{self.serial}")
        if any(self.book.shelves[sku].free < pieces for sku, pieces in wanted.items()):
            with pytest.raises(InsufficientStock), transaction():
                place_order(values, client_id=self.client.id, by=SYSTEM)
            return
        with transaction():
            order, _ = place_order(values, client_id=self.client.id, by=SYSTEM)
            lines = [Line(line.line_id, line.item.sku, line.ordered, line.open) for line in order.lines]
            self.book.sales.append(Sale(order.public_id, order.promised_at, lines))
        for sku, pieces in wanted.items():
            self.book.shelves[sku].reserved += pieces

    def _tasks(self, sale: Sale, line: Line) -> list[PickTask]:
        db.session.rollback()
        statement = (
            select(PickTask)
            .join(Order, Order.id == PickTask.order_id)
            .join(OrderLine, OrderLine.id == PickTask.order_line_id)
            .where(Order.public_id == sale.public_id, OrderLine.line_id == line.line_id)
            .order_by(PickTask.id)
        )
        return list(db.session.scalars(statement).unique())

    def _pick_all(self, sale: Sale) -> None:
        for line in sale.lines:
            self._pick(sale, line, line.open - line.picked)

    def _pick(self, sale: Sale, line: Line, pieces: int) -> None:
        """The newest task that has something left, else the newest one: a late report."""
        tasks = self._tasks(sale, line)
        if not tasks or not pieces:
            return
        task = next((task for task in reversed(tasks) if task.left), tasks[-1])
        fetched = min(pieces, task.left)
        late = pieces - fetched
        if late > task.cancelled + task.short - task.late:
            with pytest.raises(OperationError), transaction():
                pick_pieces(db.session.get_one(PickTask, task.id), pieces=pieces, by=SYSTEM)
            return
        with transaction():
            pick_pieces(db.session.get_one(PickTask, task.id), pieces=pieces, by=SYSTEM)
        line.picked += fetched
        line.to_put_back += late
        self.book.shelves[line.sku].reserved += late
        if late:
            sale.carries.append(Carry(line, late))
        sale.settle()

    def _pack(self, sale: Sale, line: Line, pieces: int) -> None:
        with transaction():
            bag = pack_bag(get_order(sale.public_id), contents={line.line_id: pieces}, by=SYSTEM)
        sale.bags.append(Bag(bag.public_id, bag.number, {line.line_id: pieces}))
        sale.settle()

    def _stage_all(self, sale: Sale) -> None:
        for bag in sale.bags:
            if bag.state == "packed" and not any(bag.marked.values()) and sale.is_open:
                with transaction():
                    stage_bag(get_package(bag.public_id, self.store.id), "S-01", by=SYSTEM)
                bag.state = "staged"
        sale.settle()

    # Rules.

    @rule(sku=st.sampled_from(["SHIRT", "MUG"]), pieces=PIECES)
    def deliver(self, sku: str, pieces: int) -> None:
        self._deliver(sku, pieces)

    @rule(shirts=st.integers(0, 3), mugs=st.integers(1, 3))
    def order(self, shirts: int, mugs: int) -> None:
        self._order(shirts, mugs)

    @rule(sku=st.sampled_from(["SHIRT", "MUG"]), pieces=PIECES)
    def hold(self, sku: str, pieces: int) -> None:
        lines = [{"sku": sku, "quantity": pieces}]
        if self.book.shelves[sku].free < pieces:
            with pytest.raises(InsufficientStock), transaction():
                place_hold(self.client.id, self.store, lines, 600, by=SYSTEM)
            return
        with transaction():
            made = place_hold(self.client.id, self.store, lines, 600, by=SYSTEM)
        self.holds.append((made.public_id, sku, pieces))
        self.book.shelves[sku].reserved += pieces

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if (chosen := self._draw(data, self.holds)) is None:
            return
        public_id, sku, pieces = chosen
        with transaction():
            release_hold(get_hold(public_id, client_id=self.client.id), by=SYSTEM)
        self.holds.remove(chosen)
        self.book.shelves[sku].reserved -= pieces

    @rule(data=st.data(), pieces=PIECES)
    def pick(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale in self.book.sales for line in sale.lines]
        if (chosen := self._draw(data, lines)) is not None:
            self._pick(*chosen, pieces)

    @rule(data=st.data())
    def pick_everything(self, data: st.DataObject) -> None:
        if (sale := self._draw(data, self._sales("received", "picking"))) is not None:
            self._pick_all(sale)

    @rule(data=st.data(), pieces=PIECES)
    def take_a_pick_back(self, data: st.DataObject, pieces: int) -> None:
        if (chosen := self._draw(data, self._open_lines())) is None:
            return
        sale, line = chosen
        for task in self._tasks(sale, line):
            if task.picked >= pieces and sale.loose(line) >= pieces:
                with transaction():
                    undo_pick(db.session.get_one(PickTask, task.id), pieces=pieces, by=SYSTEM)
                line.picked -= pieces
                sale.settle()
                return

    @rule(data=st.data(), reason=REASONS)
    def miss(self, data: st.DataObject, reason: str) -> None:
        lines = [(sale, line) for sale, line in self._open_lines() if line.open > line.picked]
        if (chosen := self._draw(data, lines)) is None:
            return
        sale, line = chosen
        task = next(task for task in self._tasks(sale, line) if task.left)
        with transaction():
            made = short_pick(db.session.get_one(PickTask, task.id), pieces=1, reason=reason, by=SYSTEM)
        assert made is not None
        self.book.make_short(sale, line, 1, reason, made.public_id)

    @rule(data=st.data())
    def miss_nothing_after_all(self, data: st.DataObject) -> None:
        shorts = [short for short in self.book.shorts if not short.undone and not short.found]
        if (short := self._draw(data, shorts)) is None:
            return
        allowed = self.book.may_undo(short)
        try:
            with transaction():
                undo_short_pick(get_short_pick(short.public_id, self.store.id), by=SYSTEM)
        except OperationError:
            assert not allowed
        else:
            assert allowed
            self.book.undo_short(short)

    @rule(sku=st.sampled_from(["SHIRT", "MUG"]), pieces=PIECES)
    def find(self, sku: str, pieces: int) -> None:
        with transaction():
            found_it(self.store, db.session.get_one(Item, self.items[sku].id), pieces=pieces, by=SYSTEM)
        self.book.find(sku, pieces)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if (short := self._draw(data, [short for short in self.book.shorts if short.asked])) is None:
            return
        with transaction():
            question = db.session.scalars(
                select(Question)
                .join(ShortPick, ShortPick.id == Question.short_pick_id)
                .where(ShortPick.public_id == short.public_id)
            ).one()
            answer_question(question, choice="cancel", by=SYSTEM)
        short.asked = False
        short.order.settle()

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if (sale := self._draw(data, self.book.sales)) is None:
            return
        if sale.is_open:
            with transaction():
                cancel_order(get_order(sale.public_id), reason="no", by=SYSTEM)
            self.book.close_all(sale)
        elif sale.state != "cancelled":
            with pytest.raises(OperationError), transaction():
                cancel_order(get_order(sale.public_id), reason="no", by=SYSTEM)

    @rule(data=st.data(), pieces=PIECES)
    def cancel_some(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale, line in self._open_lines() if line.open >= pieces]
        if (chosen := self._draw(data, lines)) is None:
            return
        sale, line = chosen
        with transaction():
            cancel_pieces(get_order(sale.public_id), line.line_id, pieces, reason="less", by=SYSTEM)
        self.book.close(sale, line, pieces)
        sale.settle()

    @rule(data=st.data(), pieces=PIECES)
    def pack(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale, line in self._open_lines() if sale.loose(line)]
        if (chosen := self._draw(data, lines)) is not None:
            sale, line = chosen
            self._pack(sale, line, min(pieces, sale.loose(line)))

    @rule(data=st.data())
    def stage(self, data: st.DataObject) -> None:
        if (sale := self._draw(data, self._sales("picking", "picked", "ready"))) is not None:
            for line in sale.lines:
                if sale.loose(line):
                    self._pack(sale, line, sale.loose(line))
            self._stage_all(sale)

    @rule(data=st.data(), away=st.booleans())
    def unstage_or_empty(self, data: st.DataObject, away: bool) -> None:
        bags = [(sale, bag) for sale in self.book.sales if sale.is_open for bag in sale.bags if bag.in_store]
        if (chosen := self._draw(data, bags)) is None:
            return
        sale, bag = chosen
        with transaction():
            (empty_bag if away else unstage_bag)(get_package(bag.public_id, self.store.id), by=SYSTEM)
        bag.state = "emptied" if away else "packed"
        if away:
            bag.contents, bag.marked = {}, {}
        sale.settle()

    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        marked = [
            (sale, bag, line_id)
            for sale in self.book.sales
            for bag in sale.bags
            if bag.in_store
            for line_id, pieces in bag.marked.items()
            if pieces
        ]
        if (chosen := self._draw(data, marked)) is None:
            return
        sale, bag, line_id = chosen
        with transaction():
            take_out_piece(get_package(bag.public_id, self.store.id), line_id, by=SYSTEM)
        bag.remove_marked(line_id, 1)
        sale.settle()

    @rule(data=st.data(), refuses=st.booleans())
    def give(self, data: st.DataObject, refuses: bool) -> None:
        if (sale := self._draw(data, self._sales("ready"))) is None:
            return
        refused = {line.line_id: data.draw(st.integers(0, line.open)) for line in sale.lines if refuses and line.open}
        shares = self.book.plan(sale, refused)
        results = {
            line.line_id: LineResult(
                line.open - refused.get(line.line_id, 0), refused.get(line.line_id, 0), "too small"
            )
            for line in sale.lines
            if line.open
        }
        scanned = [bag.public_id for bag in sale.bags if bag.in_store and any(bag.contents.values())]
        with transaction():
            made = hand_over(
                get_order(sale.public_id),
                scanned_packages=scanned,
                method="id",
                given_checks=["photo_id"],
                lines=results if refuses else None,
                by=SYSTEM,
            )
        self.book.hand_over(sale, made.public_id, shares)

    @rule(data=st.data())
    def take_a_handoff_back(self, data: st.DataObject) -> None:
        given = [(sale, sale.given[-1]) for sale in self.book.sales if sale.given and not sale.given[-1].undone]
        if (chosen := self._draw(data, given)) is None:
            return
        sale, handoff = chosen
        if sale.state != "collected":
            with pytest.raises(OperationError), transaction():
                undo_handoff(get_handoff(handoff.public_id, self.store.id), by=SYSTEM)
            return
        with transaction():
            undo_handoff(get_handoff(handoff.public_id, self.store.id), by=SYSTEM)
        self.book.undo_handoff(sale, handoff)

    @rule(data=st.data(), outcome=st.sampled_from(["sellable", "damaged", "missing"]), pieces=PIECES)
    def carry_back(self, data: st.DataObject, outcome: str, pieces: int) -> None:
        open_ = [
            (sale, place)
            for sale in self.book.sales
            for place, carry in enumerate(sale.carries)
            if carry.state == "open"
        ]
        if (chosen := self._draw(data, open_)) is None:
            return
        sale, place = chosen
        carry = sale.carries[place]
        pieces = min(pieces, carry.pieces - carry.done)
        with transaction():
            task = db.session.scalars(
                select(FloorTask)
                .join(Order, Order.id == FloorTask.order_id)
                .where(Order.public_id == sale.public_id, FloorTask.kind == "put_back")
                .order_by(FloorTask.id)
            ).all()[place]
            put_back(task, **{outcome: pieces}, by=SYSTEM)
        self.book.put_back(sale, carry, outcome, pieces)

    @rule()
    def let_holds_run_out(self) -> None:
        ready = self._sales("ready")
        if not ready:
            return
        with transaction():
            until = max(order.hold_until for order in (get_order(sale.public_id) for sale in ready) if order.hold_until)
            assert expire_due_orders(until) == len(ready)
        for sale in ready:
            sale.expired = True
            self.book.close_all(sale)

    @rule(sku=st.sampled_from(["SHIRT", "MUG"]), counted=st.integers(0, 12))
    def count(self, sku: str, counted: int) -> None:
        with transaction():
            set_level(self.store, sku, {"on_hand": counted, "counted": True}, by=SYSTEM)
        shelf = self.book.shelves[sku]
        shelf.on_hand, shelf.blocked = counted, False
        self.book.counted_at[sku] = self.book.tick()

    # What always holds.

    @invariant()
    def every_figure_is_what_the_model_says(self) -> None:
        figures = (*FIGURES, "deficit")
        rows = db.session.execute(select(StockLevel.item_id, *(getattr(StockLevel, name) for name in figures)))
        levels = {row[0]: dict(zip(figures, row[1:], strict=True)) for row in rows}
        for sku, shelf in self.book.shelves.items():
            level = levels[self.items[sku].id]
            assert {name: value for name, value in level.items() if value} == shelf.figures(), sku

    @invariant()
    def every_line_and_state_is_what_the_model_says(self) -> None:
        columns = [getattr(OrderLine, name) for name in COUNTERS]
        rows = db.session.execute(select(Order.public_id, Order.state, OrderLine.line_id, *columns).join(OrderLine))
        found = {(row[0], row[2]): (row[1], *row[3:]) for row in rows}
        expected = {
            (sale.public_id, line.line_id): (sale.state, *line.counters())
            for sale in self.book.sales
            for line in sale.lines
        }
        assert found == expected

    @invariant()
    def the_books_agree(self) -> None:
        assert list_differences() == []


def _wipe() -> None:
    with transaction():
        for table in reversed(db.metadata.sorted_tables):
            if table.name not in KEPT:
                db.session.execute(table.delete())
    db.session.expunge_all()


@pytest.mark.parametrize(("examples", "steps"), [(200, 50), pytest.param(2000, 100, marks=pytest.mark.long)])
def test_goods_on_their_way_out_are_always_where_the_books_say(own_app: OpenAPI, examples: int, steps: int) -> None:
    # Thousands of commits of which none has to survive a power cut: this test only may be careless.
    event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    db.session.remove()
    db.engine.dispose()
    store = make_store()
    make_place(store)

    class Machine(GoodsGoingOut):
        pass

    Machine.store, Machine.client = store, make_client()
    Machine.items = {"SHIRT": make_item("SHIRT"), "MUG": make_item("MUG", price_minor=500)}
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
