"""A store in the middle of a bad day: something of everything that the office works off."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER, SYSTEM
from omni_pickup.models.base import Model
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stock.transfers import get_transfer
from omni_pickup.services import events
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.searches import report_missing_bag
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from omni_pickup.services.stores.clients import create_key
from omni_pickup.services.transfers.transfers import Wish, request_transfer, ship_transfer
from tests.builders import dump_tables, make_client, make_item, make_stock
from tests.floor import bags_in, floor_tasks, make_picked, make_place, make_queued, make_ready, reread, tasks_of
from tests.sites import Browser, Site

#: What signing in and looking around writes, whoever does it.
_TRACES = {"staff_sessions", "throttles", "devices"}


def make_day(site: Site) -> SimpleNamespace:
    """Public ids of a late order, an open question, tasks, transfers, a dead message and a key."""
    with site.app.app_context():
        here, there = (db.session.get_one(Store, key) for key in (site.ids.store, site.ids.other_store))
        mug = make_item("MUG", name="Blue mug")
        for store in (here, there):
            make_stock(store, mug, 20)
        make_place(here)
        client = make_client("Web shop")
        day = SimpleNamespace(late=_late(here, client, mug), short=_short(here, client))
        day.put_back, day.search = _put_back(here, client, mug), _search(here, client, mug)
        day.count = floor_tasks(here, "count")[0].public_id
        vans = day.out, day.to_come, day.sent = _transfers(here, there, mug)
        day.out_line, day.come_line, day.sent_line = (f"line_{get_transfer(one).lines[0].id}" for one in vans)
        day.message = _dead_message(get_order_by_key(_key(day.late)))
        with transaction():
            move_stock(here.id, mug.id, cause=Cause("learned_safety", SYSTEM, reason="3 short picks"), learned_safety=2)
            day.key = create_key("Till", scopes=["orders:read"], by=SYSTEM)[0].id
        db.session.remove()
    return day


def state_of(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that an act of the office could change."""
    with site.app.app_context():
        rows = dump_tables()
        db.session.remove()
    # Of the events only those of signing in come by themselves, and they are part of the traces.
    rows["events"] = [row for row in rows["events"] if not any(str(part).startswith("session.") for part in row)]
    return {name: table for name, table in rows.items() if name not in _TRACES}


def read(site: Site, model: type[Model], *conditions: Any) -> Any:
    """One row as it stands, outside of any session."""
    with site.app.app_context():
        found = db.session.scalars(db.select(model).where(*conditions).order_by(model.id.desc())).unique().first()  # type: ignore[attr-defined]
        db.session.expunge_all()
        db.session.remove()
    return found


def signed_in(site: Site, login: str = "mona") -> Browser:
    """A desk at which this person has signed in with a password."""
    browser = site.browser()
    assert browser.sign_in(login).status_code == 303
    return browser


def _late(here: Store, client: Any, mug: Item) -> str:
    order = make_queued(here, client, [(mug, 2)], promised_at=clock.now() - timedelta(hours=2))
    with transaction():
        check_in(get_order_by_key(order.id), kind="here", bay="B2", by=CUSTOMER)
    return order.public_id


def _short(here: Store, client: Any) -> str:
    jacket = make_item("JACKET", name="Rain jacket")
    make_stock(here, jacket, 3)
    order = make_queued(here, client, [(jacket, 1)], promised_at=clock.now() + timedelta(hours=3))
    with transaction():
        short_pick(reread(tasks_of(order)[0]), pieces=1, reason="not_found", by=SYSTEM)
    return order.public_id


def _put_back(here: Store, client: Any, mug: Item) -> str:
    order = make_picked(here, client, [(mug, 2)])
    with transaction():
        cancel_order(get_order_by_key(order.id), reason="changed mind", by=SYSTEM)
    return floor_tasks(here, "put_back")[0].public_id


def _search(here: Store, client: Any, mug: Item) -> str:
    order = make_ready(here, client, [(mug, 1)])
    with transaction():
        return report_missing_bag(reread(bags_in(order)[0]), by=SYSTEM).public_id


def _transfers(here: Store, there: Store, mug: Item) -> tuple[str, str, str]:
    """One that is to be sent, one that is to come, and one that was sent."""
    with transaction():
        out = request_transfer(here, there, [Wish(mug.id, 2)], reason="test", by=SYSTEM)
    with transaction():
        come = request_transfer(there, here, [Wish(mug.id, 3)], reason="test", by=SYSTEM)
        sent = request_transfer(here, there, [Wish(mug.id, 1)], reason="test", by=SYSTEM)
    for van, pieces in ((come, 3), (sent, 1)):
        with transaction():
            found = get_transfer(van.public_id)
            ship_transfer(found, {found.lines[0].id: pieces}, by=SYSTEM)
    return out.public_id, come.public_id, sent.public_id


def _dead_message(order: Order) -> str:
    with transaction():
        events.enqueue("message.delayed", subject=f"order:{order.id}", due_at=clock.now(), order_id=order.id)
        message = db.session.scalars(db.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert message is not None
        message.state, message.attempts, message.last_error = "dead", 9, "550 no such mailbox"
    return str(message.public_id)


def _key(public_id: str) -> int:
    return int(db.session.scalars(db.select(Order.id).where(Order.public_id == public_id)).one())
