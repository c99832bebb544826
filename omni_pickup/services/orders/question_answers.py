"""What the customer chose, or what happens when nobody chose in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import InsufficientStock, Invalid, WrongState
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.choices import unit_price
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.customers.unsent_messages import drop_unsent
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.orders.child_orders import move_pieces
from omni_pickup.services.orders.refunds_due import owe_difference, owe_refund
from omni_pickup.services.picking.pick_tasks import queue_pieces
from omni_pickup.services.picking.questions import lock_question, question_shape
from omni_pickup.services.stock.stock_moves import Cause, reserve_pieces
from omni_pickup.services.transfers.transfers import Wish, request_transfer


@dataclass(frozen=True, slots=True)
class _Chosen:
    order: Order
    line: OrderLine
    pieces: int
    option: Mapping[str, Any]
    by: Actor
    at: datetime | None


def answer_question(
    question: Question,
    *,
    choice: str,
    details: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Order:
    """Do what was chosen; `details` names the `sku` or `store` where several are offered. Returns the order.

    The same answer twice is one answer. Raises Invalid for what was not offered, WrongState after another answer,
    InsufficientStock when what was chosen is gone meanwhile: then the question stays open.
    """
    order, line = lock_question(question)
    answer = {"choice": choice, **{name: value for name, value in (details or {}).items() if name in ("sku", "store")}}
    if question.state != "open":
        if question.answer is not None and question.answer["choice"] == choice:
            return order
        raise WrongState("This question is no longer open.", state=question.state)
    option = _offered(question, answer)
    _EFFECTS[choice](_Chosen(order, line, question.pieces, option, by, at))
    question.state, question.answer, question.answered_at = "answered", answer, at or clock.now()
    db.session.flush()
    shape = question_shape(order, question)
    record_order(order, "order.question_answered", by=by, occurred_at=at, extra={"question": shape})
    if settle_order(order, by=by, occurred_at=at) == "cancelled" and choice == "other_store":
        # The customer chose to move it and hears that; "cancelled" would be true of the paper only.
        drop_unsent(order.id, "cancelled")
    return order


def expire_due_questions(now: datetime, *, limit: int = 100) -> int:
    """Apply the default to questions whose deadline has passed; returns how many."""
    due = db.session.scalars(
        select(Question)
        .where(Question.state == "open", Question.deadline_at <= now)
        .order_by(Question.order_id, Question.id)
        .limit(limit)
    ).all()
    for question in due:
        answer_question(question, choice=question.default_choice, by=SYSTEM, at=now)
    return len(due)


def _offered(question: Question, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    for option in question.options:
        if all(option.get(name) == value for name, value in answer.items()):
            found: Mapping[str, Any] = option
            return found
    raise Invalid.at("/choice", "This was not offered.")


def _give_up(chosen: _Chosen) -> None:
    """The pieces stay short and their money is due back; the rest of the order goes on."""
    owe_refund(chosen.order, [(chosen.line, chosen.pieces)], reason="short", by=chosen.by, at=chosen.at)


def _substitute(chosen: _Chosen) -> None:
    order, line = chosen.order, chosen.line
    item = db.session.scalars(select(Item).where(Item.sku == chosen.option["sku"])).one()
    cause = Cause("reserve", chosen.by, order_id=order.id, occurred_at=chosen.at)
    given = reserve_pieces(order.store_id, {item.id: chosen.pieces}, cause=cause)[item.id]
    if given < chosen.pieces:
        raise InsufficientStock(sentence("%(item)s is gone meanwhile.", item=item.name), sku=item.sku)
    price = int(chosen.option["price_minor"])
    line.substituted += chosen.pieces
    new_line = OrderLine(
        line_id=_substitute_id(order, line),
        position=max(other.position for other in order.lines) + 1,
        item=item,
        substitute_of_id=line.id,
        ordered=chosen.pieces,
        open=chosen.pieces,
        unit_price_minor=price,
    )
    order.lines.append(new_line)
    db.session.flush()
    queue_pieces(order, new_line, chosen.pieces)
    owe_difference(order, new_line, (unit_price(line) - price) * chosen.pieces, by=chosen.by, at=chosen.at)


def _substitute_id(order: Order, line: OrderLine) -> str:
    """A free line id that shows whose substitute it is."""
    taken = {other.line_id for other in order.lines}
    number = 1
    while f"{line.line_id[:90]}-s{number}" in taken:
        number += 1
    return f"{line.line_id[:90]}-s{number}"


def _other_store(chosen: _Chosen) -> None:
    store = db.session.scalars(select(Store).where(Store.code == chosen.option["store"])).one()
    move_pieces(chosen.order, chosen.line, chosen.pieces, store, by=chosen.by, at=chosen.at)


def _wait_for_transfer(chosen: _Chosen) -> None:
    source = db.session.scalars(select(Store).where(Store.code == chosen.option["store"])).one()
    wish = Wish(chosen.line.item_id, chosen.pieces, chosen.line.id)
    request_transfer(
        source, chosen.order.store, [wish], order=chosen.order, reason="customer waits", by=chosen.by, at=chosen.at
    )


_EFFECTS: Mapping[str, Callable[[_Chosen], None]] = {
    "cancel": _give_up,
    "rest_now": _give_up,
    "substitute": _substitute,
    "other_store": _other_store,
    "wait_transfer": _wait_for_transfer,
}
