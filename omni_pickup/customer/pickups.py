"""The pickup page: how far the order is, and what the customer can say about coming."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup.customer.changes import change_order_of
from omni_pickup.customer.pickup_pages import draw_arrival, draw_pickup
from omni_pickup.customer.visits import visited_order
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.services.customers.check_ins import check_in, take_back_arrival


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's addresses on the customer's face."""
    blueprint.get("/p/o/<number>")(show_pickup)
    blueprint.get("/p/o/<number>/here")(show_arrival)
    blueprint.post("/p/o/<number>/here")(arrive)
    blueprint.post("/p/o/<number>/not-here")(take_back)
    blueprint.post("/p/o/<number>/on-my-way")(set_out)


def show_pickup(number: str) -> Response:
    """The page that the link leads to; a poll with its tag gets 304 until something changes."""
    return draw_pickup(visited_order(number))


def show_arrival(number: str) -> Response:
    """Where somebody stands who waits in a car."""
    return draw_arrival(visited_order(number))


def arrive(number: str) -> Response:
    """I'm here, at this bay, in this car."""
    bay, vehicle = request.form.get("bay") or None, (request.form.get("vehicle") or "").strip() or None
    return change_order_of(
        number,
        "check_in",
        lambda order: check_in(order, kind="here", bay=bay, vehicle=vehicle, by=CUSTOMER),
        refused=draw_arrival,
    )


def take_back(number: str) -> Response:
    """I'm not there yet."""
    return change_order_of(number, "take_back_arrival", lambda order: take_back_arrival(order, by=CUSTOMER))


def set_out(number: str) -> Response:
    """I'm on my way."""
    return change_order_of(number, "check_in", lambda order: check_in(order, kind="on_my_way", by=CUSTOMER))
