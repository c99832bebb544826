"""A day's requests at one store of the made-up chain: what people, shops and the worker ask for all the time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from benchmarks.scale_masters import store_code
from omni_pickup import clock
from omni_pickup.config import Settings
from omni_pickup.delivery.outboxes import claim_due, complete, has_due
from omni_pickup.delivery.ticks import ticks
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import SCOPES
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import CheckIn, Order, OrderContact, PickupCode
from omni_pickup.models.packages import Package
from omni_pickup.models.returns import Return
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.services.customers.order_links import status_url
from omni_pickup.services.stores.clients import create_key
from tests.people import make_device, make_staff
from tests.sites import DEVICE_COOKIE, ORIGIN, Browser

_numbers = itertools.count(1)
Step = tuple[str, Callable[[], Any]]


@dataclass(slots=True)
class Walker:
    """A tablet, a manager's browser and a shop's key at one store, and what they can name there."""

    app: Flask
    store: str
    key: str
    tablet: Browser
    office: Browser
    skus: list[str]
    stores: list[str]
    store_id: int

    def api(self, method: str, path: str, body: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"}
        if method == "POST":
            headers["Idempotency-Key"] = f"scale-{next(_numbers)}"
        return self.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def order(self) -> TestResponse:
        """An order of three items, other ones each time, so that none of them is sold out."""
        number = next(_numbers)
        chosen = [self.skus[(3 * number + offset) % len(self.skus)] for offset in range(3)]
        lines = [{"line_id": str(n), "sku": sku, "quantity": 1} for n, sku in enumerate(chosen, 1)]
        customer = {"name": "Ada Nowak", "email": "ada@example.com", "phone": "+48601234567"}
        mark = f"WALK-{clock.now():%H%M%S%f}-{number}"
        body = {"external_id": mark, "store": self.store, "customer": customer, "lines": lines}
        return self.api("POST", "/orders", body)

    def availability(self) -> TestResponse:
        """100 items at 100 stores."""
        return self.api("POST", "/availability/query", {"skus": self.skus[:100], "stores": self.stores[:100]})

    def board(self) -> TestResponse:
        """What htmx asks for when something changed."""
        return self.tablet.get("/board/", **{"HX-Request": "true"})

    def find(self, text: str) -> TestResponse:
        return self.tablet.get(f"/board/find?q={text}")

    def act(self, kind: str, **command: Any) -> TestResponse:
        """A command of the tablet."""
        headers = {"Accept": "application/json", "X-CSRFToken": self.tablet.csrf()}
        body = {"action_id": f"scale-{next(_numbers)}", "kind": kind, **command}
        return self.tablet.client.post("/board/actions", json=body, base_url=ORIGIN, headers=headers)


def make_walker(app: Flask, store: int) -> Walker:
    """Somebody to walk at the store with this key."""
    with app.app_context():
        here = db.session.get_one(Store, store)
        mark = next(_numbers)
        person = make_staff(f"walker-{mark}", here).public_id
        manager = make_staff(f"manager-{mark}", here, role="manager").login
        _, secret = make_device(here, name=f"Walk {mark}")
        with transaction():
            _, key = create_key("scale-shop", scopes=SCOPES, by=SYSTEM)
        assortment = select(Item.sku).join(StockLevel, StockLevel.item_id == Item.id)
        skus = list(db.session.scalars(assortment.where(StockLevel.store_id == store).order_by(Item.id).limit(100)))
        stores = list(db.session.scalars(select(Store.code).order_by(Store.id).limit(100)))
        db.session.remove()
    tablet, office = Browser(app.test_client()), Browser(app.test_client())
    tablet.set_cookie(DEVICE_COOKIE, secret)
    must(tablet.unlock(person), 303)
    must(office.sign_in(manager), 303)
    return Walker(app, store_code(store), key, tablet, office, skus, stores, store)


def must(answer: TestResponse, *statuses: int) -> TestResponse:
    """The answer, which has one of these statuses. Raises AssertionError with the page."""
    if answer.status_code not in statuses:
        raise AssertionError(f"{answer.request.path}: {answer.status}: {answer.text[:2000]}")
    return answer


def steps(walker: Walker) -> Iterator[Step]:
    """Every hot route by name, to be run in this order; each raises when its answer is not the right one."""
    yield from _shop(walker)
    yield from _floor(walker)
    yield from _searches(walker)
    yield from _work(walker)
    yield from _others(walker)


def _shop(walker: Walker) -> Iterator[Step]:
    yield "order intake", lambda: must(walker.order(), 201)
    yield "availability 100 x 100", lambda: must(walker.availability(), 200)
    near = f"/availability?sku={walker.skus[0]}&near=52,21&radius_km=200"
    yield "availability around a place", lambda: must(walker.api("GET", near), 200)
    known = _known(walker)
    since = (clock.now() - timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    for name, query in (
        ("orders, all", ""),
        ("orders of one state", "?state=ready"),
        ("orders of a state that most have", "?state=collected"),
        ("orders of one store", f"?store={walker.store}"),
        ("orders changed since", f"?updated_after={since}"),
        ("orders of one store changed since", f"?store={walker.store}&updated_after={since}"),
        ("orders changed since ever", "?updated_after=2020-01-01T00:00:00Z"),
        ("order by external id", f"?external_id={known['external_id']}"),
    ):
        yield name, lambda query=query: must(walker.api("GET", f"/orders{query}"), 200)
    yield "next page of orders", lambda: _second_page(walker, f"/orders?updated_after={since}&limit=2")
    yield "order", lambda: must(walker.api("GET", f"/orders/{known['order']}"), 200)
    yield "returns", lambda: must(walker.api("GET", "/returns"), 200)
    yield "returns changed since", lambda: must(walker.api("GET", f"/returns?updated_after={since}"), 200)
    yield "stock list", lambda: must(walker.api("GET", f"/stores/{walker.store}/stock"), 200)
    sku = walker.skus[5]
    level = {"on_hand": 30}
    yield "stock set", lambda: must(walker.api("PUT", f"/stores/{walker.store}/stock/{sku}", level), 200)
    sale = {"sku": sku, "delta": -1, "reason": "sale", "reference": f"POS-{next(_numbers)}"}
    path = f"/stores/{walker.store}/stock/adjustments"
    yield "till sale", lambda: must(walker.api("POST", path, {"adjustments": [sale]}), 200)
    yield "event feed from the start", lambda: must(walker.api("GET", "/events"), 200)
    yield "event feed at its end", lambda: _feed_end(walker)


def _second_page(walker: Walker, path: str) -> None:
    first = must(walker.api("GET", path), 200)
    assert first.json is not None
    must(walker.api("GET", f"{path}&cursor={first.json['next']}"), 200)


def _feed_end(walker: Walker) -> None:
    from omni_pickup.api.queries import make_cursor

    with walker.app.app_context():
        newest = db.session.scalar(select(func.max(Event.id))) or 0
    must(walker.api("GET", f"/events?after={make_cursor(newest - 10, 0, 0)}"), 200)


def _floor(walker: Walker) -> Iterator[Step]:
    tablet, known = walker.tablet, _known(walker)
    yield "board", lambda: must(tablet.get("/board/"), 200)
    yield "board fragment", lambda: must(walker.board(), 200)
    yield "alarm", lambda: must(tablet.get("/board/alarm"), 200)
    yield "locked tablet", lambda: must(tablet.get("/board/lock"), 200, 303)
    yield "order sheet", lambda: must(tablet.get(f"/board/orders/{known['number']}"), 200)
    yield "order's contact", lambda: must(tablet.get(f"/board/orders/{known['number']}/contact"), 200)
    yield "old order's sheet", lambda: must(tablet.get(f"/board/orders/{known['old_number']}"), 200)
    yield "handoff search", lambda: must(tablet.get("/board/handoff"), 200)
    yield "handoff", lambda: must(tablet.get(f"/board/handoff/{known['ready']}"), 200)
    yield "staging", lambda: must(tablet.get("/board/staging"), 200)
    yield "returns desk", lambda: must(tablet.get("/board/returns"), 200)
    yield "return", lambda: must(tablet.get(f"/board/returns/{known['rma']}"), 200)
    for kind in ("count", "put_back", "search"):
        yield f"tasks: {kind}", lambda kind=kind: must(tablet.get(f"/board/tasks/{kind}"), 200)
    yield "shift", lambda: must(tablet.get("/board/shift"), 200)


def _searches(walker: Walker) -> Iterator[Step]:
    known = _known(walker)
    for name in ("number", "number_end", "phone_end", "surname", "surname_begin", "external_id", "order", "bag"):
        yield f"search by {name}", lambda name=name: must(walker.find(known[name]), 200, 303)
    for name in ("rma", "place", "old_number", "code"):
        yield f"search by {name}", lambda name=name: must(walker.find(known[name]), 200, 303)
    yield "search by item", lambda: must(walker.find(walker.skus[0]), 200)
    yield "search by tote", lambda: must(walker.find("A"), 200, 303)
    yield "search for nothing known", lambda: must(walker.find("zzzzz"), 200, 303)
    for shown in ("coming", "last_day", "aged"):
        yield f"list: {shown}", lambda shown=shown: must(walker.tablet.get(f"/board/find?show={shown}"), 200, 303)


def _work(walker: Walker) -> Iterator[Step]:
    """An order from the customer's arrival to their going, and the worker's rounds."""
    known = _known(walker)
    yield "customer is here", lambda: must(walker.act("check_in", order=known["ready"]), 200)
    yield "somebody goes", lambda: must(walker.act("take", order=known["ready"]), 200)
    yield "walk released", lambda: _walk_page(walker, must(walker.act("release_wave", size=2), 200))
    code = {"order": known["ready"], "code": known["code"]}
    yield "code checked", lambda: must(walker.act("check_code", **code), 200)
    settings: Settings = walker.app.config["SETTINGS"]
    for tick in ticks(settings):
        if tick.name != "nightly_backup":
            yield f"worker: {tick.name}", lambda tick=tick: _in_context(walker.app, tick.run)
    yield "worker: outbox", lambda: _in_context(walker.app, _claim)


def _walk_page(walker: Walker, released: TestResponse) -> None:
    assert released.json is not None
    must(walker.tablet.get(released.json["go"]), 200)


def _in_context(app: Flask, work: Callable[[], Any]) -> None:
    with app.app_context():
        work()
        db.session.remove()


def _claim() -> None:
    has_due()
    with transaction():
        claims = claim_due(5)
    with transaction():
        for claim in claims:
            complete(claim)


def _others(walker: Walker) -> Iterator[Step]:
    office, customer = walker.office, Browser(walker.app.test_client())
    store = f"/office/{walker.store}"
    yield "office: stores", lambda: must(office.get("/office/"), 200, 303)
    for name in ("", "attention", "stock", "transfers", "tasks/count", "tasks/put_back"):
        yield f"office: {name or 'Store today'}", lambda name=name: must(office.get(f"{store}/{name}"), 200)
    item = f"{store}/stock/item?sku={walker.skus[0]}"
    yield "office: item", lambda: must(office.get(item), 200)
    yield "customer: page", lambda: _customer_page(walker, customer)


def _customer_page(walker: Walker, customer: Browser) -> None:
    """The newest order's page, by the link in its mail."""
    with walker.app.app_context():
        newest = select(Order).where(Order.client_id == 1).order_by(Order.id.desc()).limit(1)
        path = status_url(db.session.scalars(newest).unique().one()).removeprefix(ORIGIN)
        db.session.remove()
    must(customer.client.get(path, base_url=ORIGIN, follow_redirects=True), 200)


def _known(walker: Walker) -> dict[str, str]:
    """Things of the store that a search can name."""
    with walker.app.app_context():
        store = db.session.scalars(select(Store).where(Store.code == walker.store)).one()
        mine = select(Order).where(Order.store_id == store.id).order_by(Order.id.desc()).limit(1)
        ready = db.session.scalars(mine.where(Order.state == "ready")).unique().one()
        old = db.session.scalars(mine.where(Order.state == "collected")).unique().one()
        contact = db.session.get_one(OrderContact, ready.id)
        bag = db.session.scalars(select(Package).where(Package.order_id == ready.id)).unique().first()
        rma = db.session.scalars(select(Return).where(Return.store_id == store.id).limit(1)).one()
        code = db.session.scalars(select(PickupCode.code).where(PickupCode.order_id == ready.id)).one()
        assert bag is not None
        assert db.session.scalar(select(func.count(CheckIn.id))), "somebody was here"
        surname = contact.surname_key or ""
        return {
            "order": ready.public_id,
            "ready": ready.public_id,
            "number": ready.number,
            "number_end": ready.number[-4:],
            "old_number": old.number,
            "external_id": ready.external_id or "",
            "phone_end": contact.phone_end or "",
            "surname": surname,
            "surname_begin": surname[:4],
            "bag": bag.public_id,
            "rma": rma.rma_number,
            "place": "A1",
            "code": code,
        }
