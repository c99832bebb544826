"""From a secret link to a clean address: the token becomes a cookie, and a lost link is sent once more."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.customer.frames import draw, trouble, words_for
from omni_pickup.customer.visits import KEPT, order_visit, remember, return_visit
from omni_pickup.customer.words import LANGUAGE_COOKIE
from omni_pickup.errors import NotFound, OperationError, Throttled
from omni_pickup.languages import LANGUAGES
from omni_pickup.models import transaction
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.pages import go_to
from omni_pickup.services.customers.link_requests import ask_for_link
from omni_pickup.services.customers.order_links import find_by_token, find_return_by_token
from omni_pickup.services.staff.throttles import reserve_attempt
from omni_pickup.visitors import safe_next, set_cookie


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's addresses on the customer's face."""
    blueprint.get("/p/<token>")(open_order)
    blueprint.get("/r/<token>")(open_return)
    blueprint.get("/p/")(show_request)
    blueprint.post("/p/")(send_again)
    blueprint.get("/p/o/asked")(show_asked)
    blueprint.post("/p/o/language")(choose_language)


def open_order(token: str) -> Response:
    """Trade an order's token for the cookie. Raises NotFound for an unknown one and for one that ran out."""
    order = find_by_token(token)
    if order is None:
        raise NotFound
    response = go_to(url_for("customer.show_pickup", number=order.number))
    remember(response, order_visit(order))
    return response


def open_return(token: str) -> Response:
    """Trade a return's token for the cookie. Raises NotFound for an unknown one and for one that ran out."""
    ret = find_return_by_token(token)
    if ret is None:
        raise NotFound
    response = go_to(url_for("customer.show_return", rma=ret.rma_number))
    remember(response, return_visit(ret))
    return response


def show_request() -> Response:
    """The form for a lost link."""
    return draw("customer/lost.html", words_for(None, None), known=True)


def send_again() -> Response:
    """Send the link once more if number and address belong together; the answer is the same if they do not."""
    try:
        with transaction("reserve_link"):
            reserve_attempt("link", request.remote_addr or "")
    except Throttled as error:
        return show_lost(error)
    with transaction("ask_for_link"):
        ask_for_link(request.form.get("number", ""), request.form.get("email", ""), by=CUSTOMER)
    return go_to(url_for("customer.show_asked"))


def show_asked() -> Response:
    """What happens next, whether or not there is such an order."""
    return draw("customer/asked.html", words_for(None, None))


def choose_language() -> Response:
    """Speak another language in this browser."""
    response = go_to(safe_next(request.form.get("next"), url_for("customer.show_request")))
    if request.form.get("language") in LANGUAGES:
        set_cookie(response, LANGUAGE_COOKIE, request.form["language"], kept=KEPT)
    return response


def show_stopped(error: OperationError) -> Response:
    """Somebody was faster, or we cannot answer now: the link is right, so the way on is to look once more."""
    words, seen = words_for(None, None), request.view_args or {}
    again = request.path if request.method == "GET" else url_for("customer.show_request")
    if "number" in seen:
        again = url_for("customer.show_pickup", number=seen["number"])
    elif "rma" in seen:
        again = url_for("customer.show_return", rma=seen["rma"])
    told = {"again": again, "trouble": trouble(error, words), "is_changed": error.status == 409}
    response = draw("customer/stopped.html", words, status=error.status, **told)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def show_lost(error: OperationError) -> Response:
    """One page for an unknown link, one that ran out, and an order or return of somebody else."""
    words = words_for(None, None)
    told = None if isinstance(error, NotFound) else trouble(error, words)
    response = draw("customer/lost.html", words, status=error.status, known=told is not None, trouble=told)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response
