"""Orders in every odd state that a customer's page and an order sheet know, by the name of the state."""

from __future__ import annotations

from datetime import timedelta

from omni_pickup import clock, keys
from omni_pickup.models import transaction
from omni_pickup.models.actors import CUSTOMER, SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.customers.order_links import order_token
from omni_pickup.services.orders.expiries import expire_due_orders
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.order_changes import set_collector
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.questions import propose_substitute
from omni_pickup.services.picking.short_picks import short_pick
from tests.builders import collect_order, make_item, make_stock
from tests.floor import locked, make_picked, make_queued, make_ready, question_of, reread, tasks_of

LONG_NAME = "Maximiliane Wolfeschlegelsteinhausenbergerdorff-Brzęczyszczyk"


def make_oddities(store: Store, client: Client) -> dict[str, Order]:
    """One order for each state; all have a link that works."""
    item, other = _scarf(store, "Wool scarf, hand-woven, 180 cm"), _scarf(store, "Cotton scarf")
    lines = [(item, 2), (other, 1)]
    soon = clock.now() + timedelta(hours=2)
    made = {
        "late": make_queued(store, client, lines, promised_at=clock.now() - timedelta(minutes=20)),
        "picking": _part_picked(make_queued(store, client, lines, promised_at=soon)),
        "picked": make_picked(store, client, lines, promised_at=soon),
        "here early": _arrive(make_queued(store, client, lines, promised_at=soon), bay="B4"),
        "question": _short(store, client),
        "substitute offered": _offer(_short(store, client), other),
        "substituted": _substitute(_short(store, client), other),
        "ready": make_ready(store, client, lines),
        "ready for a collector": _collector(make_ready(store, client, lines)),
        "ready and due": make_ready(store, client, lines, payment_state="due", payment_due_minor=3000),
        "payment failed": _void(make_ready(store, client, lines)),
        "gift": make_ready(store, client, lines, gift=True),
        "on the way": _arrive(make_ready(store, client, lines), kind="on_my_way"),
        "here": _arrive(make_ready(store, client, lines, pickup_method="curbside"), bay="B4"),
        "collected": collect_order(make_ready(store, client, lines)),
        "partly collected": _partly(make_ready(store, client, lines)),
        "cancelled": _cancel(make_ready(store, client, lines)),
        "cancelled unpaid": _cancel(make_queued(store, client, lines, payment_state="due", payment_due_minor=3000)),
        "expired": _expire(make_ready(store, client, lines)),
        "erased": _erase(collect_order(make_ready(store, client, lines))),
        "a long name": make_ready(store, client, lines, contact={"name": LONG_NAME}),
        "an Arabic name": make_ready(store, client, lines, contact={"name": "عبد الرحمن بن محمد الهاشمي القرشي"}),
    }
    with transaction():
        for order in made.values():
            row = locked(order)
            row.link_digest = keys.digest(order_token(row))
    return {name: locked(order) for name, order in made.items()}


def _part_picked(order: Order) -> Order:
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=1, by=SYSTEM)
    return order


def _arrive(order: Order, *, kind: str = "here", bay: str | None = None) -> Order:
    with transaction():
        check_in(locked(order), kind=kind, bay=bay, vehicle="Blue Kia Ceed" if bay else None, by=CUSTOMER)
    return order


def _scarf(store: Store, name: str) -> Item:
    item = make_item(name=name)
    make_stock(store, item, 100)
    return item


def _short(store: Store, client: Client) -> Order:
    """An item of its own, because what was not found is promised to nobody until it is counted."""
    lines = [(_scarf(store, "Silk scarf"), 2), (_scarf(store, "Linen scarf"), 1)]
    order = make_queued(store, client, lines, promised_at=clock.now() + timedelta(hours=2))
    with transaction():
        short_pick(reread(tasks_of(order)[0]), pieces=1, reason="not_found", by=SYSTEM)
    return order


def _offer(order: Order, item: Item) -> Order:
    with transaction():
        propose_substitute(reread(question_of(order)), item, by=SYSTEM)
    return order


def _substitute(order: Order, item: Item) -> Order:
    _offer(order, item)
    with transaction():
        question = reread(question_of(order))
        option = next(one for one in question.options if one["choice"] == "substitute")
        answer_question(question, choice="substitute", details=option, by=CUSTOMER)
    return order


def _collector(order: Order) -> Order:
    with transaction():
        set_collector(locked(order), {"name": "Żaneta Ćwik"}, by=CUSTOMER)
    return order


def _partly(order: Order) -> Order:
    collect_order(order, {"1": 1})
    return _cancel(order)


def _void(order: Order) -> Order:
    with transaction():
        locked(order).payment_state = "void"
    return order


def _cancel(order: Order) -> Order:
    with transaction():
        cancel_order(locked(order), reason="changed mind", by=SYSTEM)
    return order


def _expire(order: Order) -> Order:
    with transaction():
        locked(order).hold_until = clock.now() - timedelta(days=1)
    with transaction():
        expire_due_orders(clock.now())
    return order


def _erase(order: Order) -> Order:
    """As retention leaves it: no name, no address."""
    with transaction():
        contact = locked(order).contact
        contact.name = contact.email = contact.phone = contact.surname_key = contact.phone_end = None
    return order
