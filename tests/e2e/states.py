"""Every screen of the staff in every state, by name: who looks, at which address, and how it comes about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER, SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import Wave
from omni_pickup.models.returns import Return
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.picking.waves import release_wave
from omni_pickup.services.staff.staff import create_staff
from omni_pickup.services.stores.stores import pause_store, put_staging_location, put_store
from tests.builders import make_stock, store_values
from tests.e2e.errors import WRONG, answer_with
from tests.e2e.orders import make_ready
from tests.e2e.shops import Shop, scan
from tests.floor import locked, make_picked, make_queued
from tests.oddities import LONG_NAME, make_oddities

Bring = Callable[[Page], object]
_OPEN = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
_NAMES = ("Nowak A.", "Lindqvist E.", "Dąbrowska-Łoś K.", "Åkerström J.", "Öberg Y.", "Żurawska-Brzęczyszczykiewicz M.")


@dataclass(frozen=True)
class State:
    """One state. `begun` is whether the shift was begun, `offline` whether it cuts the tablet's connection."""

    name: str
    path: str
    login: str | None = "ania"
    bring: Bring | None = None
    begun: bool = True
    offline: bool = False


def staff_states(shop: Shop) -> list[State]:
    """Prepares what has to stand in the database, and lists the states."""
    with shop.app.app_context():
        found = _add_stores() | _things()
        db.session.remove()
    found["due"] = make_ready(
        shop,
        here=True,
        name="Katarzyna Dąbrowska-Łoś",
        payment_state="due",
        payment_due_minor=12990,
        contact={"collector_name": "Żaneta Ćwik", "note": "Please bring it to the car"},
    ).path
    return [*_board(found), *_orders(found), *_walks(found), *_desks(found), *_office(), *_doors(), *_errors(shop)]


def _board(found: dict[str, str]) -> Iterator[State]:
    yield State("board", "/board/")
    yield State("board-shift-start", "/board/", begun=False)
    yield State("board-empty", "/board/", login="empty")
    yield State("board-rush", "/board/", login="rush")
    yield State("board-paused", "/board/", login="paused")
    yield State("board-offline", "/board/", bring=_cut, offline=True)
    yield State("found-nothing", "/board/find?q=zzzz")
    yield State("found-several", "/board/find?q=Nowak")
    yield State("found-item", "/board/find?q=dress")
    yield State("found-list", "/board/find?show=aged")
    yield State("shift-end", "/board/shift")
    yield State("shift-end-empty", "/board/shift", login="empty")
    for kind in ("put_back", "count", "search", "answers", "transfers"):
        yield State(f"tasks-{kind.replace('_', '-')}", f"/board/tasks/{kind}")
    yield State("tasks-nothing", "/board/tasks/search", login="empty")
    yield State("print", f"/board/prints/pick_list/{found['wave']}")


def _orders(found: dict[str, str]) -> Iterator[State]:
    for name, number in found.items():
        if name.startswith("odd "):
            yield State(f"order-{name[4:].replace(' ', '-')}", f"/board/orders/{number}", login="lena")
    yield State("order-contact", f"/board/orders/{found['odd ready']}", login="lena", bring=_show_contact)
    yield State("handoff", found["due"])
    yield State("handoff-wrong-bag", found["due"], bring=lambda page: _scan(page, "bag_of_somebody", "#stray"))
    yield State("handoff-contents", found["due"], bring=lambda page: page.locator("[data-fold]").click())
    yield State("handoff-wrong", f"{found['due']}/wrong")
    for way, words in enumerate(("Takes only a part", "Takes nothing", "A bag is not here", "Nobody came"), 1):
        yield State(f"handoff-wrong-{way}", f"{found['due']}/wrong", bring=_tap(words))
    yield State("handoff-find", "/board/handoff")
    yield State("handoff-elsewhere", "/board/handoff?elsewhere=STO-01&ready=1")


def _walks(found: dict[str, str]) -> Iterator[State]:
    walk = f"/board/waves/{found['anias']}"
    yield State("walk", walk)
    yield State("walk-wrong-scan", walk, bring=lambda page: _scan(page, "590000000000", ".wrong"))
    yield State("walk-list", walk, bring=lambda page: page.get_by_role("button", name="List").click())
    yield State("walk-cannot-find", walk, bring=_cannot_find)
    yield State("walk-of-somebody-else", walk, login="bartek")
    yield State("staging", "/board/staging")
    yield State("staging-refused", "/board/staging", bring=lambda page: _scan(page, "S-01", "#call-wrong"))
    yield State("staging-nothing", "/board/staging", login="empty")


def _desks(found: dict[str, str]) -> Iterator[State]:
    yield State("returns", "/board/returns")
    yield State("returns-nothing", "/board/returns", login="empty")
    yield State("returns-found", "/board/returns?q=Nowak")
    for state in ("announced", "received", "inspected"):
        yield State(f"return-{state}", f"/board/returns/{found[state]}")


def _office() -> Iterator[State]:
    here = "/office/WAW-01"
    pages = ("hours", "promises", "places", "stock", "stock?q=mug", "transfers", "devices/new", "staff/new")
    yield State("office-today", f"{here}/", login="ewa")
    yield State("office-empty", "/office/EMP-01/", login="admin")
    yield State("office-paused", "/office/PAU-01/", login="admin")
    yield State("office-stores", "/office/", login="admin")
    for page in (*pages, "tasks/put_back", "tasks/count", "tasks/search"):
        yield State(f"office-{page.replace('/', '-').replace('?q=', '-')}", f"{here}/{page}", login="ewa")
    for page in ("recalls", "keys"):
        yield State(f"office-{page}", f"/office/admin/{page}", login="admin")


def _doors() -> Iterator[State]:
    yield State("lock", "/board/lock")
    yield State("lock-typing", "/board/lock", bring=lambda page: page.locator("[data-digit='7']").click(click_count=3))
    yield State("login", "/login", login=None)
    yield State("login-refused", "/login", login=None, bring=_refused)
    yield State("not-enrolled", "/board/lock", login=None)
    yield State("link-ended", "/board/enrol?token=x", login=None)
    yield State("setup-ended", "/setup?token=x", login=None)
    yield State("error-403", "/office/WAW-01/")
    yield State("error-404", "/board/orders/1")


def _errors(shop: Shop) -> Iterator[State]:
    """What everybody may get to see, each kind of page in its own way."""
    people = {"floor": ("/board/staging", "ania"), "office": ("/office/WAW-01/hours", "ewa"), "customer": ("/p/", None)}
    for who, (path, login) in people.items():
        for name, error in WRONG.items():
            yield State(f"error-{who}-{name}", path, login=login, bring=answer_with(shop, path, error()))


def _add_stores() -> dict[str, str]:
    """One without anything, one in a rush, one that takes nothing and is closed; in Berlin every odd order."""
    stores = {}
    for code, name in {"EMP-01": "Poznań Malta", "RSH-01": "Kraków Rynek", "PAU-01": "Gdańsk Wrzeszcz"}.items():
        with transaction():
            closed = {day: [] for day in _OPEN} if code == "PAU-01" else _OPEN
            stores[code] = put_store(code, store_values(name=name, hours=closed), by=SYSTEM)[0]
            for place in ("S-01", "S-02"):
                put_staging_location(stores[code], place, zone="ambient", kind="shelf", by=SYSTEM)
    for login, name, code in (("empty", "Ola", "EMP-01"), ("rush", "Kuba", "RSH-01"), ("paused", "Iga", "PAU-01")):
        with transaction():
            create_staff(
                login, name=name, role="associate", stores=[stores[code]], pin="271828", language="en", by=SYSTEM
            )
    with transaction():
        pause_store(stores["PAU-01"], until=None, reason="Water in the back room", by=SYSTEM)
    _fill(stores["RSH-01"])
    client = db.session.scalars(select(Client).order_by(Client.id)).first()
    berlin = db.session.scalars(select(Store).where(Store.code == "BER-01")).one()
    assert client is not None
    return {f"odd {name}": order.number for name, order in make_oddities(berlin, client).items()}


def _fill(store: Store) -> None:
    """Fifty orders to pick and twelve people who wait."""
    client = db.session.scalars(select(Client).order_by(Client.id)).first()
    goods = db.session.scalars(select(Item).order_by(Item.id).limit(12)).all()
    assert client is not None
    for item in goods:
        make_stock(store, item, 200)
    for number in range(50):
        lines = [(goods[(number + more) % 12], 1) for more in range(1 + number % 4)]
        values: dict[str, Any] = {"promised_at": clock.now() + timedelta(minutes=number * 7 - 60)}
        values |= {
            "gift": number % 5 == 0,
            "contact": {"name": _full_name(number), "note": "Ring" if number % 3 else None},
        }
        order = make_queued(store, client, lines, **values)
        if number % 4 == 0:
            with transaction():
                check_in(
                    locked(order),
                    kind="here",
                    bay=f"B{number}",
                    by=CUSTOMER,
                    at=clock.now() - timedelta(seconds=9 * number),
                )
    make_picked(store, client, [(goods[0], 1)])


def _full_name(number: int) -> str:
    surname, _, first = _NAMES[number % len(_NAMES)].rpartition(" ")
    return LONG_NAME if number % 11 == 10 else f"{first[:1]}dam {surname}"


def _things() -> dict[str, str]:
    """Numbers and ids of what the sample data and the rush have."""
    rush = db.session.scalars(select(Staff).where(Staff.login == "rush")).one()
    with transaction():
        wave = release_wave(rush.stores[0], picker=rush, size=6, by=Actor("staff", staff_id=rush.id))
    ania = db.session.scalars(select(Staff).where(Staff.login == "ania")).one()
    own = db.session.scalars(
        select(Wave).where(Wave.picker_id == ania.id, Wave.state == "open").order_by(Wave.id)
    ).first()
    assert own is not None
    found = {"wave": wave.public_id, "anias": own.public_id}
    for state in ("announced", "received", "inspected"):
        rows = (
            select(Return)
            .join(Order, Order.id == Return.order_id)
            .join(Store, Store.id == Order.store_id)
            .where(Store.code == "WAW-01")
        )
        ret = db.session.scalars(rows.where(Return.state == state).order_by(Return.id)).first()
        assert ret is not None
        found[state] = ret.rma_number
    return found


def _cut(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate("omni.refresh()")
    expect(page.locator("#connection")).to_be_visible(timeout=10_000)


def _scan(page: Page, code: str, seen: str) -> None:
    page.wait_for_timeout(300)
    scan(page, code)
    expect(page.locator(seen).locator("visible=true").first).to_be_visible()


def _show_contact(page: Page) -> None:
    page.get_by_role("button", name="Show phone and name").click()
    expect(page.locator(".contact")).to_be_visible()


def _cannot_find(page: Page) -> None:
    page.locator(".stop.current").get_by_role("button", name="Can’t find").click()
    page.wait_for_timeout(200)


def _tap(words: str) -> Bring:
    return lambda page: page.get_by_text(words).first.click()


def _refused(page: Page) -> None:
    page.locator("[name=login]").fill("ewa")
    page.locator("[name=password]").fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
