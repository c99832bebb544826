"""What the customer is asked when pieces are not there: nothing is ever cancelled in silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup import clock, keys, time_limits
from omni_pickup.errors import InsufficientStock, Invalid, NotFound, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.queries.orders.choices import choices_for, substitute_option, unit_price
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.queries.stock.stock import available_of
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.order_states import record_order


def open_question(
    order: Order,
    line: OrderLine,
    *,
    pieces: int,
    reason: str,
    short_pick_id: int | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Question:
    """Ask what shall become of `pieces` of the line; taking the rest is the default where there is a rest."""
    question = new_question(order, line, pieces=pieces, reason=reason, now=clock.now())
    question.short_pick_id = short_pick_id
    db.session.add(question)
    db.session.flush()
    _record(order, question, "order.question_asked", by, at)
    return question


def new_question(order: Order, line: OrderLine, *, pieces: int, reason: str, now: datetime) -> Question:
    """The question with its options, deadline and default, not written yet."""
    options = choices_for(order, line, pieces, now=now)
    return Question(
        public_id=keys.new_id("qst"),
        order_id=order.id,
        order_line_id=line.id,
        reason=reason,
        pieces=pieces,
        options=options,
        default_choice="rest_now" if any(option["choice"] == "rest_now" for option in options) else "cancel",
        state="open",
        asked_at=now,
        deadline_at=_deadline(order, now),
    )


def propose_substitute(question: Question, item: Item, *, price_minor: int | None = None, by: Actor) -> Question:
    """Staff offer another item; its price is never above the one paid. Proposing it again changes the price.

    Raises Invalid for a dearer or the same item, InsufficientStock, WrongState when the customer has chosen.
    """
    order, line = lock_question(question)
    if question.state != "open":
        raise WrongState("The customer has chosen already.", state=question.state)
    if item.id == line.item_id:
        raise Invalid.at("/sku", "A substitute is another item.")
    paid = unit_price(line)
    price = min(paid, paid if item.price_minor is None else item.price_minor) if price_minor is None else price_minor
    if not 0 <= price <= paid:
        raise Invalid.at("/unit_price", "A substitute never costs more than what was paid.")
    available = available_of(order.store_id, [item.id]).get(item.id, 0)
    if available < question.pieces:
        raise InsufficientStock(
            sentence("Only %(available)s of %(item)s can be promised.", available=available, item=item.name),
            available=available,
        )
    others = [option for option in question.options if option.get("sku") != item.sku]
    question.options = [substitute_option(order, item, price), *others]
    _record(order, question, "order.substitute_proposed", by, None)
    return question


def withdraw_questions(order: Order, *, by: Actor) -> list[tuple[OrderLine, int]]:
    """Nobody needs to choose any more; returns the lines and pieces that were still asked about."""
    lines = {line.id: line for line in order.lines}
    asked = open_questions(order.id)
    for question in asked:
        withdraw_question(order, question, by=by)
    return [(lines[question.order_line_id], question.pieces) for question in asked]


def withdraw_question(order: Order, question: Question, *, by: Actor) -> None:
    """The goods turned up, or the order ended: there is nothing to choose."""
    question.state, question.answered_at = "withdrawn", clock.now()
    _record(order, question, "order.question_withdrawn", by, None)


def open_questions(order_id: int) -> list[Question]:
    """The questions of an order that wait for an answer, the oldest first."""
    return list(
        db.session.scalars(
            select(Question).where(Question.order_id == order_id, Question.state == "open").order_by(Question.id)
        )
    )


def get_question(public_id: str) -> Question:
    """Raises NotFound."""
    question = db.session.scalars(select(Question).where(Question.public_id == public_id)).one_or_none()
    if question is None:
        raise NotFound("There is no such question.")
    return question


def note_answer_seen(question: Question, *, by: Actor, at: datetime | None = None) -> Question:
    """Somebody of the staff read the answer: it leaves the list of things to do. Twice is once. Raises WrongState."""
    order, _ = lock_question(question)
    if question.state != "answered":
        raise WrongState("The customer has not answered yet.", state=question.state)
    if question.seen_at is None:
        question.seen_at = at or clock.now()
        _record(order, question, "order.answer_seen", by, at)
    return question


def lock_question(question: Question) -> tuple[Order, OrderLine]:
    """The question's order, locked, and the line it is about; the question read anew."""
    order = get_order_by_key(question.order_id)
    db.session.refresh(question, with_for_update={"key_share": True})
    return order, next(line for line in order.lines if line.id == question.order_line_id)


def question_shape(order: Order, question: Question) -> dict[str, Any]:
    """The public shape of a question."""
    line_ids = {line.id: line.line_id for line in order.lines}
    return {
        "id": question.public_id,
        "line_id": line_ids[question.order_line_id],
        "pieces": question.pieces,
        "reason": question.reason,
        "state": question.state,
        "options": [
            {name: value for name, value in option.items() if name != "price_minor"} for option in question.options
        ],
        "default": question.default_choice,
        "deadline_at": instant_shape(question.deadline_at, order.store.timezone),
        "answer": question.answer,
    }


def _deadline(order: Order, now: datetime) -> datetime:
    """Time runs while the store is open, because only then somebody acts on the answer."""
    wait = time_limits.question()
    return hours_of(order.store).add_open_time(now, wait.total_seconds() / 60) or now + wait


def _record(order: Order, question: Question, type_: str, by: Actor, at: datetime | None) -> None:
    db.session.flush()
    record_order(order, type_, by=by, occurred_at=at, extra={"question": question_shape(order, question)})
