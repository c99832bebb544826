"""Pages that show what strangers wrote: it stays text, and the page stays whole (R10)."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import update

from omni_pickup.models import db, transaction
from omni_pickup.models.items import Item
from omni_pickup.models.orders import OrderContact
from omni_pickup.models.returns import ReturnContact
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from tests.hostile.texts import WORST
from tests.markup import faults
from tests.security.intruders import Answers, Caller, routes
from tests.security.rows import ROWS
from tests.security.worlds import World

#: Pages that are enough to see a script come in.
MOST_TWINS = 12
DOORS = {
    "tablet": {"device": "mona's tablet", "staff": "mona's PIN"},
    "manager": {"staff": "mona's password"},
    "admin": {"staff": "root's password"},
}


@pytest.fixture(scope="module")
def world(made_world: World) -> World:
    """A shop in which everything that has a name is called the worst."""
    world = made_world
    world.restore()
    with world.site.app.app_context():
        with transaction():
            for row, names in (
                (Item, ("name", "department")),
                (Store, ("name", "pause_reason")),
                (Staff, ("name",)),
                (OrderContact, ("name", "note", "store_note", "gift_message", "collector_name", "vehicle")),
                (ReturnContact, ("name",)),
            ):
                db.session.execute(update(row).values(dict.fromkeys(names, WORST)))
        db.session.remove()
    return world


def look_at_pages(world: World, *, most: int | None = None) -> tuple[int, list[str]]:
    """How many pages showed the worst as text, and what is wrong; `most` is enough of them."""
    wrong: list[str] = []
    shown = 0
    pages = [
        (endpoint, ROWS[endpoint])
        for endpoint, method in routes(world)
        if endpoint in ROWS and method == "GET" and ROWS[endpoint].door != "key"
    ]
    for endpoint, row in pages[:most]:
        carries = {"link": row.link} if row.door == "customer" else DOORS.get(row.door, {})
        answer = Caller.come(world, Answers(carries)).send(endpoint, "GET", row)
        if answer.mimetype == "text/html" and not answer.location:
            shown += html.escape("<script>alert(1)</script>") in answer.text
            wrong += [f"{endpoint}: {fault}" for fault in faults(answer.text)] if "<html" in answer.text else []
            wrong += [f"{endpoint}: a script came in"] if "<script>alert" in answer.text else []
            wrong += [f"{endpoint}: a template was run"] if "49=1+1" in answer.text else []
        wrong += [f"{endpoint}: {answer.status_code}"] if answer.status_code >= 500 and row.door != "readiness" else []
        answer.close()
    return shown, wrong


def test_every_page_shows_the_worst_as_text(world: World) -> None:
    shown, wrong = look_at_pages(world)
    assert wrong == []
    assert shown >= 10, "hardly a page showed a name at all"


def test_without_escaping_the_scripts_come_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: templates of an app that escapes nothing, drawn anew and kept by nobody."""
    environment = world.site.app.jinja_env
    for name, value in (("autoescape", False), ("cache", {}), ("bytecode_cache", None)):
        monkeypatch.setattr(environment, name, value)
    _, wrong = look_at_pages(world, most=MOST_TWINS)
    assert [one for one in wrong if one.endswith("a script came in")] != []
