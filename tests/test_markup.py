"""Every page is valid HTML in every state that a request can bring it into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from omni_pickup.models import db
from omni_pickup.models.clients import Client
from omni_pickup.models.stores import Store
from omni_pickup.services.customers.order_links import order_token
from tests.markup import faults
from tests.oddities import make_oddities
from tests.security.intruders import DOORS, UNSAFE, Answers, Caller, routes
from tests.security.rows import ROWS, Row
from tests.security.worlds import World

RIGHT = {
    "tablet": Answers({"device": "mona's tablet", "staff": "mona's PIN"}),
    "manager": Answers({"staff": "mona's password"}),
    "admin": Answers({"staff": "root's password"}),
    "link": Answers({}),
}


@pytest.fixture
def world(made_world: World) -> World:
    made_world.restore()
    return made_world


def _right(world: World, row: Row) -> Caller:
    return Caller.come(
        world, Answers({"link": row.link}) if row.door == "customer" else RIGHT.get(row.door, Answers({}))
    )


def _wrong(name: str, answer: TestResponse) -> Iterator[str]:
    """What is wrong with an answer that is a whole page."""
    if answer.mimetype == "text/html" and not answer.location and "<html" in answer.text:
        yield from (f"{name} ({answer.status_code}): {fault}" for fault in faults(answer.text))
    answer.close()


def test_every_page_is_valid(world: World) -> None:
    wrong: list[str] = []
    for endpoint, method in routes(world):
        if method == "GET":
            wrong += _wrong(endpoint, _right(world, ROWS[endpoint]).send(endpoint, method, ROWS[endpoint]))
    assert wrong == []


def test_every_refused_form_is_answered_with_a_valid_page(world: World) -> None:
    wrong: list[str] = []
    for endpoint, method in routes(world):
        row = ROWS[endpoint]
        if method in UNSAFE and row.door != "key":
            wrong += _wrong(endpoint, _right(world, row).send(endpoint, method, Row(row.door, row.path, link=row.link)))
    assert wrong == []


@pytest.mark.parametrize("door", [door for door in DOORS if door != "key"])
def test_whoever_is_turned_away_reads_a_valid_page(world: World, door: str) -> None:
    wrong: list[str] = []
    for who, answers in DOORS[door].items():
        caller = Caller.come(world, answers)
        for endpoint, method in routes(world, door):
            if method in ("GET", *UNSAFE):
                wrong += _wrong(f"{endpoint} for {who}", caller.send(endpoint, method, ROWS[endpoint]))
    assert wrong == []


@pytest.fixture
def oddities(world: World) -> dict[str, tuple[str, str, str]]:
    """Number, id and link of an order in each odd state."""
    with world.site.app.app_context():
        store = db.session.get_one(Store, world.ids.store)
        client = db.session.scalars(db.select(Client).where(Client.name == "Web shop")).one()
        made = make_oddities(store, client)
        named = {name: (one.number, one.public_id, f"/p/{order_token(one)}") for name, one in made.items()}
        db.session.remove()
    return named


def test_every_odd_state_is_a_valid_page_for_the_customer_in_every_language(
    world: World, oddities: dict[str, tuple[str, str, str]]
) -> None:
    wrong: list[str] = []
    for name, (number, _, link) in oddities.items():
        phone = world.site.browser()
        phone.get(link)
        for language in ("en", "pl", "sv", "de"):
            phone.set_cookie("__Host-language", language)
            for path in (f"/p/o/{number}", f"/p/o/{number}/here"):
                answer = phone.get(path)
                assert (answer.status_code, f'lang="{language}"' in answer.text) == (200, True), (name, path)
                wrong += _wrong(f"{path} {name}", answer)
    assert wrong == []


def test_every_odd_state_is_a_valid_page_for_the_staff(world: World, oddities: dict[str, tuple[str, str, str]]) -> None:
    tablet = world.browser(device="mona's tablet", staff="mona's PIN")
    wrong: list[str] = []
    for name, (number, public_id, _) in oddities.items():
        for path in (f"/board/orders/{number}", f"/board/handoff/{public_id}", f"/board/staging/{public_id}"):
            answer = tablet.get(path)
            assert answer.status_code == 200, (name, path)
            wrong += _wrong(f"{path} {name}", answer)
    assert wrong == []


def test_what_is_wrong_is_found() -> None:
    page = "<!doctype html><html lang=en><head><title>T</title></head><body><main><h1>T</h1>{}</main></body></html>"
    assert faults(page.format("")) == []
    for wrong, told in {
        "<p id=a></p><p id=a></p>": "stands 2 times",
        "<p><div></div></p>": "parser",
        "<span><div></div></span>": "holds div",
        "<ul><p>x</p></ul>": "holds p",
        "<button></button>": "has no name",
        "<input name=a>": "has no name",
        "<label for=b>x</label>": "for names b",
        "<a href=#b>x</a>": "leads to #b",
        "<a href=/><button>x</button></a>": "stands inside",
        "<p style='color: red'>x</p>": "has style",
        "<p onclick='x'>x</p>": "has onclick",
        "<img src=/x>": "has no alt",
        "<main></main>": "main stands 2 times",
    }.items():
        assert any(told in fault for fault in faults(page.format(wrong))), wrong
