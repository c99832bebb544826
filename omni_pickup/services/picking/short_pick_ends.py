"""A short pick that was none: taken back by the picker, or the piece turned up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from omni_pickup import clock, time_limits
from omni_pickup.errors import InsufficientStock, Invalid, NotFound, TooLate, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.models.picking import FloorTask, PickTask, ShortPick
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.rules.short_picks import effect_like
from omni_pickup.services.customers.unsent_messages import drop_unsent
from omni_pickup.services.floor_tasks import cancel_task
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.picking.pick_tasks import queue_pieces, reopen_task
from omni_pickup.services.picking.questions import withdraw_question
from omni_pickup.services.stock.learned_safety import forget_short
from omni_pickup.services.stock.stock_blocks import lift_block
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, lock_level, move_stock


def get_short_pick(public_id: str, store_id: int) -> ShortPick:
    """Raises NotFound."""
    short = db.session.scalars(
        select(ShortPick).where(ShortPick.public_id == public_id, ShortPick.store_id == store_id)
    ).one_or_none()
    if short is None:
        raise NotFound("There is no such short pick here.")
    return short


def undo_short_pick(short: ShortPick, *, by: Actor, at: datetime | None = None) -> ShortPick:
    """Take the short pick back: the pieces are to fetch again. A second tap answers quietly.

    Raises TooLate when its time is over, WrongState when the customer has chosen or the item was counted,
    InsufficientStock when the pieces are gone meanwhile.
    """
    order = get_order_by_key(short.order_id)
    db.session.refresh(short, with_for_update={"key_share": True})
    if short.undone_at is not None:
        return short
    question = _question_of(short)
    _check_undo(short, question)
    _restore_stock(short, by=by, at=at)
    _reopen(order, short, short.pieces)
    short.undone_at = clock.now()
    if question is not None:
        withdraw_question(order, question, by=by)
    _calm_the_store(short, by=by)
    drop_unsent(order.id, "short_pick")
    told = {"id": short.public_id, "pieces": short.pieces}
    record_order(order, "order.short_pick_undone", by=by, occurred_at=at, extra={"short_pick": told})
    settle_order(order, by=by, occurred_at=at)
    return short


def found_it(store: Store, item: Item, *, pieces: int, by: Actor, at: datetime | None = None) -> int:
    """The pieces are there after all: sell the item again, and give it to orders whose customer has not chosen.

    Whoever was promised earliest is served first. Returns how many pieces went back to orders. Raises Invalid.
    """
    if pieces < 1:
        raise Invalid.at("/pieces", "At least one piece has to be found.")
    shorts = _unanswered(store.id, item.id)
    # Orders before levels, in rising order: the one lock order of the house.
    orders = {order_id: get_order_by_key(order_id) for order_id in sorted({short.order_id for short in shorts})}
    lift_block(store.id, item.id, by=by)
    free = _free_pieces(store.id, item.id, pieces, by=by, at=at)
    given = 0
    for short in shorts:
        back = min(short.pieces - short.found_pieces, free - given)
        if back > 0:
            _give_back(orders[short.order_id], short, back, by=by, at=at)
            given += back
    for short in outstanding_shorts(store.id, item.id):
        short.found_at = clock.now()
    recheck_deficit(store.id, item.id, by=by)
    return given


def _check_undo(short: ShortPick, question: Question | None) -> None:
    if short.found_pieces:
        raise WrongState("These pieces were found again already.")
    if clock.now() > short.recorded_at + time_limits.undo():
        raise TooLate
    if question is not None and question.state != "open":
        raise WrongState("The customer has chosen already.", state=question.state)
    counted_at = db.session.scalar(
        select(StockLevel.counted_at).where(StockLevel.store_id == short.store_id, StockLevel.item_id == short.item_id)
    )
    if counted_at is not None and counted_at >= short.at:
        raise WrongState("The item was counted meanwhile.")


def _restore_stock(short: ShortPick, *, by: Actor, at: datetime | None) -> None:
    forget_short(short, by=by)
    deltas = {figure: -delta for figure, delta in effect_like(short.acts_as).stock_deltas(short.pieces).items()}
    now = lock_level(short.store_id, short.item_id)
    after = {figure: value + deltas.get(figure, 0) for figure, value in now.items()}
    if after["reserved"] > after["on_hand"] or min(after.values()) < 0:
        raise InsufficientStock("These pieces are gone meanwhile.")
    move_stock(short.store_id, short.item_id, cause=_cause("short_pick_undone", short, by, at), **deltas)


def _reopen(order: Order, short: ShortPick, pieces: int) -> OrderLine:
    line = next(line for line in order.lines if line.id == short.order_line_id)
    line.open, line.short = line.open + pieces, line.short - pieces
    task = None if short.pick_task_id is None else db.session.get(PickTask, short.pick_task_id)
    if task is None or task.late > task.short + task.cancelled - pieces:
        queue_pieces(order, line, pieces)
    else:
        task.short -= pieces
        reopen_task(task)
    db.session.flush()
    return line


def _calm_the_store(short: ShortPick, *, by: Actor) -> None:
    """Without this short pick nothing says that the shelf is wrong, unless another one does."""
    others = outstanding_shorts(short.store_id, short.item_id)
    if not others:
        lift_block(short.store_id, short.item_id, by=by)
        tasks = db.session.scalars(
            select(FloorTask).where(
                FloorTask.store_id == short.store_id,
                FloorTask.item_id == short.item_id,
                FloorTask.kind == "count",
                FloorTask.state == "open",
                FloorTask.reason == short.reason,
            )
        )
        for task in tasks:
            cancel_task(task, by=by)
    recheck_deficit(short.store_id, short.item_id, by=by)


def _free_pieces(store_id: int, item_id: int, pieces: int, *, by: Actor, at: datetime | None) -> int:
    """How many of the found pieces nobody else is promised; what the books never held is booked as found."""
    figures = lock_level(store_id, item_id)
    if figures["on_hand"] < pieces:
        cause = Cause("found", by, reason="found_it", occurred_at=at)
        figures = move_stock(store_id, item_id, cause=cause, on_hand=pieces - figures["on_hand"])
    return max(0, min(pieces, figures["on_hand"] - figures["reserved"]))


def _give_back(order: Order, short: ShortPick, pieces: int, *, by: Actor, at: datetime | None) -> None:
    move_stock(short.store_id, short.item_id, cause=_cause("found_it", short, by, at), reserved=pieces)
    line = _reopen(order, short, pieces)
    short.found_pieces += pieces
    question = _question_of(short)
    if question is not None and short.found_pieces < short.pieces:
        question.pieces -= pieces
    elif question is not None:
        withdraw_question(order, question, by=by)
    told = {"id": short.public_id, "line_id": line.line_id, "pieces": pieces}
    record_order(order, "order.pieces_found", by=by, occurred_at=at, extra={"short_pick": told})
    settle_order(order, by=by, occurred_at=at)


def _unanswered(store_id: int, item_id: int) -> list[ShortPick]:
    """Short picks whose customer has not chosen yet, the earliest promise first."""
    return list(
        db.session.scalars(
            select(ShortPick)
            .join(Question, Question.short_pick_id == ShortPick.id)
            .join(Order, Order.id == ShortPick.order_id)
            .where(ShortPick.store_id == store_id, ShortPick.item_id == item_id, Question.state == "open")
            .where(ShortPick.acts_as == "not_found", ShortPick.undone_at.is_(None))
            .order_by(Order.promised_at, ShortPick.id)
        )
    )


def outstanding_shorts(store_id: int, item_id: int) -> list[ShortPick]:
    """Short picks that keep the item blocked: neither undone nor found, and not counted since."""
    counted_at = db.session.scalar(
        select(StockLevel.counted_at).where(StockLevel.store_id == store_id, StockLevel.item_id == item_id)
    )
    statement = select(ShortPick).where(
        ShortPick.store_id == store_id,
        ShortPick.item_id == item_id,
        ShortPick.acts_as == "not_found",
        ShortPick.undone_at.is_(None),
        ShortPick.found_at.is_(None),
    )
    if counted_at is not None:
        statement = statement.where(ShortPick.recorded_at > counted_at)
    return list(db.session.scalars(statement))


def _question_of(short: ShortPick) -> Question | None:
    return db.session.scalars(select(Question).where(Question.short_pick_id == short.id)).one_or_none()


def _cause(kind: str, short: ShortPick, by: Actor, at: datetime | None) -> Cause:
    return Cause(
        kind,
        by,
        reason=short.reason,
        reference=short.public_id,
        order_id=short.order_id,
        order_line_id=short.order_line_id,
        occurred_at=at,
    )
