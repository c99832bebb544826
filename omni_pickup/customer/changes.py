"""What the customer changes from the pickup page; forms are answered with 303, or with the page and what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.customer.pickup_pages import draw_pickup
from omni_pickup.customer.visits import order_visit, remember, return_visit, visited_order
from omni_pickup.errors import Invalid, NotFound, OperationError
from omni_pickup.models import transaction
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.returns import Return
from omni_pickup.pages import go_to
from omni_pickup.queries.orders.customer_pages import children_of
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.orders.expiries import extend_hold
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.order_changes import set_collector
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.questions import open_questions
from omni_pickup.services.returns.returns import announce_return


class NotChosen(Invalid):
    code = "not_chosen"
    title = "Nothing was chosen"


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's addresses on the customer's face."""
    blueprint.post("/p/o/<number>/answer")(answer)
    blueprint.post("/p/o/<number>/collector")(choose_collector)
    blueprint.post("/p/o/<number>/longer")(keep_longer)
    blueprint.post("/p/o/<number>/cancel")(cancel)
    blueprint.post("/p/o/<number>/return")(announce)


def answer(number: str) -> Response:
    """What shall become of missing pieces. Orders that this makes at another store open here, too."""
    response = change_order_of(number, "answer_question", _answer)
    if response.status_code == 303:
        order = visited_order(number)
        remember(response, *(order_visit(child) for child in children_of(order)))
    return response


def choose_collector(number: str) -> Response:
    """Somebody else comes, or nobody else any more."""
    name = " ".join(request.form.get("name", "").split())
    return change_order_of(number, "set_collector", lambda order: _set_collector(order, name))


def keep_longer(number: str) -> Response:
    """Keep the order some open days more."""
    return change_order_of(number, "extend_hold", lambda order: extend_hold(order, by=CUSTOMER))


def cancel(number: str) -> Response:
    """The whole order is not wanted any more."""
    return change_order_of(number, "cancel_order", lambda order: cancel_order(order, reason="customer", by=CUSTOMER))


def announce(number: str) -> Response:
    """Something comes back; leads to the page of the return."""
    made: list[Return] = []
    response = change_order_of(number, "announce_return", lambda order: made.append(_announce(order)))
    if made and response.status_code == 303:
        response = go_to(url_for("customer.show_return", rma=made[0].rma_number))
        remember(response, return_visit(made[0]))
    return response


def change_order_of(
    number: str,
    name: str,
    act: Callable[[Order], object],
    *,
    refused: Callable[[Order, OperationError], Response] = draw_pickup,
) -> Response:
    """Change the order that people know by `number`, if its link was opened here; then back to its page.

    Raises NotFound for somebody else's order, before anything is written.
    """
    order_id = visited_order(number).id
    try:
        with transaction(name):
            act(get_order_by_key(order_id))
    except NotFound:
        raise
    except OperationError as error:
        return refused(visited_order(number), error)
    return go_to(url_for("customer.show_pickup", number=number))


def _answer(order: Order) -> object:
    """Cancelling where there is a rest means the whole order: taking the rest is a choice of its own."""
    question = _question(order)
    given = request.form.get("choice", "")
    if not given.isascii() or not given.isdigit() or int(given) >= len(question.options):
        raise NotChosen.at("/choice", "Nothing was chosen.")
    option = question.options[int(given)]
    if option["choice"] == "cancel" and any(line.open for line in order.lines):
        return cancel_order(order, reason="customer", by=CUSTOMER)
    return answer_question(question, choice=option["choice"], details=option, by=CUSTOMER)


def _question(order: Order) -> Question:
    asked = request.form.get("question", "")
    question = next((question for question in open_questions(order.id) if question.public_id == asked), None)
    if question is None:
        raise Invalid.at("/question", "This question is no longer open.")
    return question


def _set_collector(order: Order, name: str) -> object:
    if not name and "nobody" not in request.form:
        raise Invalid.at("/name", "A name is missing.")
    return set_collector(order, {"name": name} if name else None, by=CUSTOMER)


def _announce(order: Order) -> Return:
    lines = [
        {"line_id": line.line_id, "sku": line.item.sku, "quantity": pieces, "reason": _reason(line.id)}
        for line in order.lines
        if (pieces := _pieces(line.id)) > 0
    ]
    if not lines:
        raise NotChosen.at("/lines", "Nothing was chosen.")
    values = {"order": {"id": order.public_id}, "store": order.store.code, "lines": lines}
    return announce_return(values, client_id=order.client_id, source="customer", by=CUSTOMER)[0]


def _pieces(line_id: int) -> int:
    text = request.form.get(f"pieces-{line_id}", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _reason(line_id: int) -> str:
    return request.form.get(f"reason-{line_id}") or "other"
