"""Every route, every method, tried by everybody who may not: the answer is the table's, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.models import db
from omni_pickup.models.clients import SCOPES
from omni_pickup.models.orders import NUMBER_BASE, Order
from omni_pickup.models.picking import Wave
from omni_pickup.models.staff import StaffSession
from omni_pickup.printing.documents import Printed
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stores.clients import KeyFacts
from omni_pickup.queries.stores.devices import device_by_token
from omni_pickup.queries.stores.sign_ins import SignIn, Tablet
from omni_pickup.services.floor.floor_kinds import KINDS
from tests.security.intruders import DOORS, READING, UNSAFE, Answers, Caller, changed, routes, try_door
from tests.security.rows import COMMANDS, OWN_COMMANDS, ROWS
from tests.security.worlds import World

#: Who the doors are for.
RIGHT = {
    "tablet": Answers({"device": "mona's tablet", "staff": "mona's PIN"}),
    "manager": Answers({"staff": "mona's password"}),
    "admin": Answers({"staff": "root's password"}),
    "key": Answers({}, bearer="key"),
}
_RIGHT_DOORS = {*RIGHT, "customer"}
#: What a right one may send without a change: nothing is paused or stopped yet, or it is a question only.
UNCHANGED = {
    "office.resume",
    "office.resume_item",
    "api.resume_store_delete",
    "board.find_for_desk",
    "board.give_approval",
}


_ALL = frozenset(SCOPES)
_FAR = "another store's tablet"


@pytest.fixture
def world(made_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """As it was made. Who gets as far as a paper has passed; drawing it would only take time."""
    paper = Printed(b"%PDF-", "paper.pdf")
    for name in ("print_document", "print_bag_labels"):
        monkeypatch.setattr(f"omni_pickup.board.prints.{name}", lambda *_, **__: paper)
    made_world.restore()
    return made_world


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    assert {endpoint for endpoint, _ in routes(world)} == set(ROWS)


def test_every_command_of_a_tablet_has_a_row() -> None:
    assert set(COMMANDS) | OWN_COMMANDS == set(KINDS)
    assert not set(COMMANDS) & OWN_COMMANDS


@pytest.mark.parametrize(("door", "who"), [(door, who) for door, people in DOORS.items() for who in people])
def test_who_may_not_is_answered_as_the_table_says_and_changes_nothing(world: World, door: str, who: str) -> None:
    before = world.state()
    assert try_door(world, door, who) == []
    assert changed(before, world.state()) == []


def test_who_may_reads_everything_and_reading_changes_nothing(world: World) -> None:
    before = world.state()
    for endpoint, method in routes(world):
        if method in READING and ROWS[endpoint].door in _RIGHT_DOORS:
            answer = _right(world, endpoint).send(endpoint, method, ROWS[endpoint])
            assert answer.status_code in (200, 204, 303), (endpoint, answer.status_code)
            answer.close()
    assert changed(before, world.state()) == []


def test_who_may_changes_what_the_row_is_about(world: World) -> None:
    complaints = []
    for endpoint, method in routes(world):
        if method in UNSAFE and ROWS[endpoint].door in _RIGHT_DOORS:
            world.restore()
            before, answer = world.state(), _right(world, endpoint).send(endpoint, method, ROWS[endpoint])
            if answer.status_code not in (200, 201, 204, 303):
                complaints.append((endpoint, answer.status_code, answer.text[-600:]))
            elif bool(changed(before, world.state())) is (endpoint in UNCHANGED):
                complaints.append((endpoint, answer.status_code, "unchanged"))
    assert complaints == []


def _right(world: World, endpoint: str) -> Caller:
    row = ROWS[endpoint]
    answers = Answers({"link": row.link}) if row.door == "customer" else RIGHT[row.door]
    return Caller.come(world, answers)


def _any_order(number: str, *_: object) -> Order:
    return get_order_by_key(int(number) - NUMBER_BASE)


def _any_wave(wave_id: str, *_: object) -> Wave:
    wave: Wave = db.session.scalars(db.select(Wave).where(Wave.public_id == wave_id)).one()
    return wave


def _anybody_there(_token: str, tablet_token: str) -> SignIn:
    """A session of some person that counts on any tablet."""
    device = device_by_token(tablet_token)
    session = db.session.scalars(db.select(StaffSession)).first()
    assert device is not None
    assert session is not None
    tablet = Tablet(device.id, device.public_id, device.store_id, device.store.code)
    person = {name: getattr(session.staff, name) for name in ("public_id", "name", "language")}
    moments = {"last_seen_at": clock.now(), "locked_at": None}
    return SignIn(
        session_id=session.id,
        kind="pin",
        opened_on=device.id,
        staff_id=session.staff_id,
        role="admin",
        country=None,
        store_ids=frozenset(),
        tablet=tablet,
        **person,
        **moments,
    )


#: What is taken away, and who gets in then: door, intruder, and the name of the guard with what stands there instead.
TWINS: dict[str, tuple[str, str, str, Callable[..., Any]]] = {
    "the person at a tablet": ("tablet", "a tablet without a person", "board.guards.is_public", lambda _: True),
    "the lock of a tablet": ("tablet", "a locked tablet", "visitors.is_locked", lambda *_, **__: False),
    "who works in the tablet's store": (
        "tablet",
        "a PIN on another store's tablet",
        "visitors.sign_in_of",
        _anybody_there,
    ),
    "the store of an order's sheet": ("tablet", _FAR, "board.orders.get_order_by_number", _any_order),
    "the store of a walk": ("tablet", _FAR, "services.floor.floor_payloads.get_wave", _any_wave),
    "the store of a paper": ("tablet", _FAR, "board.prints.check_subject", lambda *_: None),
    "the role": ("manager", "an associate", "office.guards.require_role", lambda _: None),
    "the store of a manager": ("manager", "another store's manager", "visitors.Visitor.works_in", lambda *_: True),
    "the lock of a desk": ("manager", "a locked desk", "visitors.is_locked", lambda *_, **__: False),
    "the admin": ("admin", "a manager", "visitors.Visitor.has_role", lambda *_: True),
    "the link": ("customer", "another customer", "customer.pickups.visited_order", _any_order),
    "the version of a link": (
        "customer",
        "a link that was replaced",
        "customer.visits.opened_order",
        lambda key, _: get_order_by_key(key),
    ),
    "the scope": ("key", "a key without the scope", "api.callers.Caller.may", lambda *_: True),
    "the binding": ("key", "a key of another store", "api.callers.Caller.sees", lambda *_: True),
    "the key": (
        "key",
        "a made-up key",
        "api.callers.key_facts",
        lambda _: KeyFacts(1, 1, frozenset(SCOPES), frozenset()),
    ),
}


@pytest.mark.parametrize("guard", TWINS)
def test_without_a_guard_the_matrix_complains(world: World, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    door, who, name, instead = TWINS[guard]
    assert try_door(world, door, who) == []
    monkeypatch.setattr(f"omni_pickup.{name}", instead)
    assert try_door(world, door, who) != []
