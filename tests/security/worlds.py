"""One shop in the middle of a day, something of its own for every address, and cookies and keys for everybody.

Everybody who orders here is called Zuzanna Kanarek: where she shows up, somebody read what is not theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from omni_pickup import clock, create_app, keys
from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import SCOPES, Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderContact, Question
from omni_pickup.models.returns import ReturnContact
from omni_pickup.models.staff import Device, Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order, get_order_by_key
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.customers.order_links import order_token, rotate_link
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.picking.waves import release_wave
from omni_pickup.services.returns.parcels import open_parcel
from omni_pickup.services.returns.return_desks import receive_piece
from omni_pickup.services.returns.returns import announce_return
from omni_pickup.services.returns.walk_ins import open_walk_in
from omni_pickup.services.staff.devices import create_enrolment, enrol_device, revoke_device
from omni_pickup.services.staff.staff import deactivate_staff
from omni_pickup.services.staff.staff_sessions import lock_session, open_session
from omni_pickup.services.stock.holds import place_hold
from omni_pickup.services.stores.clients import create_key, revoke_key
from tests.builders import collect_order, dump_tables, make_item, make_stock
from tests.floor import bags_in, make_queued, make_ready, reread, tasks_of
from tests.office.days import make_day
from tests.people import make_staff
from tests.sites import Browser, Site, make_site

CANARY = "Kanarek"
#: Tables that asking may write to, each with its reason; everything else stays as it was for who is denied.
TRACES = {
    "throttles": "counts the tries of whoever asks",
    "staff_sessions": "notes when a person was last seen",
    "devices": "notes when a tablet was last seen",
}


@dataclass
class World:
    """The shop, the ids of its things, and what people carry: cookies, keys, links."""

    site: Site
    file: Path
    ids: SimpleNamespace
    carried: dict[str, Any]
    kept: bytes = b""

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but the traces."""
        with self.site.app.app_context():
            rows = dump_tables()
            db.session.remove()
        return {name: table for name, table in rows.items() if name not in TRACES}

    def restore(self) -> None:
        """Everything as it was when the world was made."""
        with self.site.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for side in ("-wal", "-shm"):
            self.file.with_name(self.file.name + side).unlink(missing_ok=True)
        self.file.write_bytes(self.kept)

    def browser(self, *, link: str | None = None, **cookies: str) -> Browser:
        """A browser with these cookies (device, staff, customer); `link` was opened in it."""
        browser = self.site.browser()
        for name, carried in cookies.items():
            browser.set_cookie(f"__Host-{name}", self.carried[carried])
        if link is not None:
            browser.get(self.carried[link])
        return browser


def make_world(settings: Settings) -> World:
    """Two stores, two shops, two customers, and one of everything that an address can name."""
    app = create_app(settings.model_copy(update={"metrics_token": "m" * 32}))
    site = make_site(app)
    day = make_day(site)
    with app.app_context():
        carried = _people(site) | _machines(site)
        things = {"hold": carried["hold"], "session": carried["session id"]}
        things |= _floor(site) | _returns(site) | _links(site, carried)
        _name_everybody()
        db.session.remove()
        db.engine.dispose()
    file = Path(settings.database.removeprefix("sqlite:///"))
    return World(site, file, SimpleNamespace(**vars(site.ids), **vars(day), **things), carried, file.read_bytes())


def _people(site: Site) -> dict[str, Any]:
    """Cookies: sessions by person and way, tablets by what became of them."""
    here, there = (db.session.get_one(Store, key) for key in (site.ids.store, site.ids.other_store))
    gone = make_staff("gone", here, role="manager")
    carried: dict[str, Any] = {"far tablet": site.ids.other_secret}
    with transaction():
        for name in ("ania", "mona", "bartek", "gone", "lost"):
            device, carried[f"{name}'s tablet"] = enrol_device(create_enrolment(here, name=name, by=SYSTEM))
            person = _person("bartek" if name == "lost" else name)
            # One person holds a tablet at a time, so that each has one here.
            session, carried[f"{name}'s PIN"] = open_session(person, kind="pin", device=device, hours=12)
            if name == "bartek":
                lock_session(session)
                carried["session id"] = session.id
            if name == "lost":
                revoke_device(device, by=SYSTEM)
        far = db.session.scalars(db.select(Device).where(Device.public_id == site.ids.other_device)).one()
        carried["far PIN"] = open_session(_person("far"), kind="pin", device=far, hours=12)[1]
    with transaction():
        for name in ("ania", "mona", "root", "boss", "gone"):
            carried[f"{name}'s password"] = open_session(_person(name), kind="password", hours=12)[1]
        locked, carried["locked password"] = open_session(_person("mona"), kind="password", hours=12)
        lock_session(locked)
        deactivate_staff(reread(gone), by=SYSTEM)
    return carried


def _machines(site: Site) -> dict[str, str]:
    """Keys of shops; of those with every scope but one, one for each scope."""
    here, there = (db.session.get_one(Store, key) for key in (site.ids.store, site.ids.other_store))
    with transaction():
        kept = {
            "key": create_key("Web shop", scopes=SCOPES, by=SYSTEM),
            "other key": create_key("Other shop", scopes=SCOPES, by=SYSTEM),
            "bound key": create_key("Web shop", scopes=SCOPES, stores=[there], by=SYSTEM),
            "revoked key": create_key("Web shop", scopes=SCOPES, by=SYSTEM),
        }
        revoke_key(kept["revoked key"][0], by=SYSTEM)
        for scope in SCOPES:
            enough = {scope, scope.replace(":read", ":write")}
            kept[f"no {scope}"] = create_key("Web shop", scopes=[one for one in SCOPES if one not in enough], by=SYSTEM)
        client = db.session.scalars(db.select(Client).where(Client.name == "Web shop")).one()
        lines = [{"sku": "MUG", "quantity": 1}]
        hold = place_hold(client.id, here, lines, 3600, by=SYSTEM)
        return {name: plain for name, (_, plain) in kept.items()} | {"hold": hold.public_id}


def _floor(site: Site) -> dict[str, Any]:
    """A walk under way, a short pick, a bag that waits, a handoff that was done."""
    here, client, mug = _parts(site)
    make_stock(here, mug, 30)
    ania = Actor("staff", staff_id=_person("ania").id)
    walked = make_queued(here, client, [(mug, 1)], promised_at=clock.now() - timedelta(hours=4))
    with transaction():
        wave = release_wave(here, picker=_person("ania"), size=6, by=ania)
    gone = make_queued(here, client, [(_lamp(here), 1)])
    with transaction():
        short = short_pick(reread(tasks_of(gone)[0]), pieces=1, reason="not_found", by=SYSTEM)
    ready = make_ready(here, client, [(mug, 1)])
    with transaction():
        check_in(get_order_by_key(ready.id), kind="here", by=SYSTEM)
    given = make_ready(here, client, [(mug, 1)])
    with transaction():
        handoff = hand_over(
            get_order_by_key(given.id),
            scanned_packages=[bag.public_id for bag in bags_in(given)],
            method="id",
            given_checks=["photo_id"],
            by=ania,
        )
    assert short is not None
    return {
        "walked": walked.public_id,
        "wave": wave.public_id,
        "task": tasks_of(walked)[0].public_id,
        "short_pick": short.public_id,
        "number": ready.number,
        "order": ready.public_id,
        "bag": bags_in(ready)[0].public_id,
        "handoff": handoff.public_id,
        "queued": make_queued(here, client, [(mug, 2)]).public_id,
    }


def _returns(site: Site) -> dict[str, Any]:
    """A return that is being looked at in this store, one that was announced, and a carton."""
    here, client, mug = _parts(site)
    bought = collect_order(make_queued(here, client, [(mug, 3)], external_id="W-77"))
    with transaction():
        desk = open_walk_in(here, orders=[get_order(bought.public_id)], by=SYSTEM)[0]
        receive_piece(desk, desk.lines[0], pieces=1, reason="too_small", condition="as_new", store=here, by=SYSTEM)
        parcel = open_parcel(here, destination={"kind": "dc", "name": "Warehouse"}, by=SYSTEM)
    with transaction():
        lines = [{"line_id": "1", "sku": "MUG", "quantity": 1, "reason": "too_small"}]
        values = {"order": {"id": bought.public_id}, "store": here.code, "lines": lines}
        announced = announce_return(values, client_id=client.id, source="customer", by=SYSTEM)[0]
    return {
        "desk": desk.public_id,
        "desk_rma": desk.rma_number,
        "announced": announced.public_id,
        "announced_rma": announced.rma_number,
        "sscc": parcel.sscc,
        "bought": bought.public_id,
        "bought_number": bought.number,
        "bought_line": bought.lines[0].id,
    }


def _links(site: Site, carried: dict[str, str]) -> dict[str, Any]:
    """Links that open, another customer's, and one that was replaced after somebody had opened it."""
    here, client, mug = _parts(site)
    own = make_ready(here, client, [(mug, 1)])
    other = make_ready(here, client, [(mug, 1)], contact={"name": "Eve Other", "email": "eve@example.com"})
    waiting = make_ready(here, client, [(mug, 1)])
    with transaction():
        check_in(get_order_by_key(waiting.id), kind="here", by=SYSTEM)
    asked = db.session.scalars(db.select(Question).where(Question.state == "open")).first()
    assert asked is not None
    bought = db.session.scalars(db.select(Order).where(Order.external_id == "W-77")).unique().one()
    with transaction():
        order = get_order_by_key(own.id)
        visit = {"kind": "order", "key": order.id, "version": order.link_version}
        carried["replaced cookie"] = keys.box("customer-visits").encrypt(json.dumps([visit]).encode()).decode()
        replaced = order_token(order)
        rotate_link(order, by=SYSTEM)
    with transaction():
        opened = {"own": own.id, "other": other.id, "waiting": waiting.id, "asked": asked.order_id, "bought": bought.id}
        for name, key in opened.items():
            order = get_order_by_key(key)
            order.link_digest = keys.digest(order_token(order))
            carried[f"{name} link"] = f"/p/{order_token(order)}"
    return {
        "own_number": own.number,
        "waiting_number": waiting.number,
        "asked_number": get_order_by_key(asked.order_id).number,
        "question": asked.public_id,
        "replaced_token": replaced,
    }


def _name_everybody() -> None:
    """The sample name stands in the documents of the API, too."""
    with transaction():
        for contacts in (OrderContact, ReturnContact):
            renamed = {"name": f"Zuzanna {CANARY}", "email": f"{CANARY}@example.com"}
            db.session.execute(db.update(contacts).where(contacts.name == "Ada Nowak").values(**renamed))


def _parts(site: Site) -> tuple[Store, Client, Item]:
    here = db.session.get_one(Store, site.ids.store)
    client = db.session.scalars(db.select(Client).where(Client.name == "Web shop")).one()
    return here, client, db.session.scalars(db.select(Item).where(Item.sku == "MUG")).one()


def _lamp(here: Store) -> Item:
    lamp = make_item("LAMP", name="Lamp")
    make_stock(here, lamp, 5)
    return lamp


def _person(login: str) -> Staff:
    person: Staff = db.session.scalars(db.select(Staff).where(Staff.login == login)).one()
    return person
