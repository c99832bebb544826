"""What the customer is asked after a short pick, and what follows from the answer."""

from __future__ import annotations

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.services.order_states import record_order


def withdraw_questions(order: Order, *, by: Actor) -> list[tuple[OrderLine, int]]:
    """Nobody needs to choose any more; returns the lines and pieces that were still asked about."""
    asked: list[tuple[OrderLine, int]] = []
    lines = {line.id: line for line in order.lines}
    for question in open_questions(order.id):
        question.state, question.answered_at = "withdrawn", clock.now()
        asked.append((lines[question.order_line_id], question.pieces))
        record_order(order, "order.question_withdrawn", by=by, extra={"question": question.public_id})
    db.session.flush()
    return asked


def open_questions(order_id: int) -> list[Question]:
    """The questions of an order that wait for an answer, the oldest first."""
    return list(
        db.session.scalars(
            db.select(Question).where(Question.order_id == order_id, Question.state == "open").order_by(Question.id)
        )
    )
