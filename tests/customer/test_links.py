"""S4: a link is a secret that opens one order, becomes a cookie, and tells nobody anything when it opens nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from omni_pickup import clock
from omni_pickup.errors import OutOfService, Throttled
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import OutboxMessage
from omni_pickup.services.customers.order_links import LINK_DAYS, order_token, rotate_link
from tests.builders import dump_tables, event_types
from tests.customer.browsing import COOKIE, Phone, assert_valid, make_phone, text_of
from tests.customer.conftest import Make
from tests.floor import Shop, locked


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def test_a_link_becomes_a_cookie_and_a_clean_address(make: Make, phone: Phone) -> None:
    order = make()
    answer = phone.get(f"/p/{order_token(order)}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/p/o/{order.number}"
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert order_token(order) not in cookie
    page = phone.get(f"/p/o/{order.number}")
    assert page.status_code == 200
    assert order_token(order) not in page.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_scanners_that_open_links_change_nothing(app: OpenAPI, make: Make, method: str) -> None:
    order = make()
    before = dump_tables()
    for path in (f"/p/{order_token(order)}", "/p/unknown", "/p/", f"/p/o/{order.number}", f"/p/o/{order.number}/here"):
        scanner = make_phone(app)
        scanner.send(method, path)
        scanner.send(method, path)
    assert dump_tables() == before


def test_unknown_rotated_expired_and_foreign_links_look_alike(app: OpenAPI, make: Make) -> None:
    rotated, over = make(), make()
    old = order_token(rotated)
    with transaction():
        rotate_link(locked(rotated), by=SYSTEM)
    with transaction():
        locked(over).cancelled_at = clock.now() - timedelta(days=LINK_DAYS + 1)
    paths = ["/p/unknown", f"/p/{old}", f"/p/{order_token(over)}", f"/p/o/{over.number}", "/p/o/1", "/r/no", "/r/o/R1"]
    pages = [make_phone(app, "pl").get(path) for path in paths]
    assert {page.status_code for page in pages} == {404}
    assert len({without_tokens(page.text) for page in pages}) == 1
    assert "Podaj numer zamówienia" in text_of(pages[0])
    headers = [{name for name, _ in page.headers} for page in pages]
    assert all(names == headers[0] for names in headers)


def test_a_rotated_link_shuts_browsers_that_opened_it_before(make: Make, phone: Phone) -> None:
    order = make()
    assert phone.open_link(order_token(order)).status_code == 200
    with transaction():
        rotate_link(locked(order), by=SYSTEM)
    assert phone.get(f"/p/o/{order.number}").status_code == 404


def test_a_cookie_that_is_not_ours_opens_nothing(make: Make, phone: Phone) -> None:
    order = make()
    for value in ("", "x", '[{"kind":"order","key":1,"version":1}]', "gAAAAAB" + "A" * 100, "ł"):
        phone.client.set_cookie(COOKIE, value, domain="pickup.example", secure=True)
        assert phone.get(f"/p/o/{order.number}").status_code == 404


def test_a_cookie_ends_after_its_days(make: Make, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    order = make()
    phone.open_link(order_token(order))
    value = phone.cookie()
    assert value is not None
    monkeypatch.setattr("omni_pickup.customer.visits.KEPT", timedelta(seconds=-1))
    assert phone.get(f"/p/o/{order.number}").status_code == 404


def test_one_browser_holds_several_orders(make: Make, phone: Phone) -> None:
    first, second = make(), make()
    phone.open_link(order_token(first))
    page = phone.open_link(order_token(second))
    assert f'href="/p/o/{first.number}"' in page.text
    assert phone.get(f"/p/o/{first.number}").status_code == 200


def test_pages_are_never_kept_and_name_no_other_host(make: Make, phone: Phone) -> None:
    page = phone.open_link(order_token(make()))
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page.text)


def test_the_token_is_in_no_line_of_the_log(make: Make, phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    token = order_token(make())
    phone.open_link(token)
    phone.get(f"/r/{token}")
    said = capsys.readouterr().err
    assert "/p/***" in said
    assert token not in said


def mails() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(db.select(OutboxMessage.kind).where(OutboxMessage.kind == "message.link")))


def test_a_lost_link_is_sent_to_the_address_that_the_order_knows(make: Make, phone: Phone) -> None:
    order = make()
    answer = phone.post("/p/", {"number": f" {order.number} ", "email": "ADA@example.com"})
    assert answer.headers["Location"] == "/p/o/asked"
    assert mails() == ["message.link"]
    assert "order.link_asked" in event_types("order.link")


@pytest.mark.parametrize(
    ("number", "email"),
    [("{}", "other@example.com"), ("1", "ada@example.com"), ("", ""), ("x" * 99, "ada@example.com"), ("{}", "")],
)
def test_the_answer_does_not_tell_whether_there_is_such_an_order(
    make: Make, phone: Phone, number: str, email: str
) -> None:
    order = make()
    right = phone.post("/p/", {"number": order.number, "email": "ada@example.com"})
    wrong = phone.post("/p/", {"number": number.format(order.number), "email": email})
    assert (wrong.status_code, wrong.headers["Location"], wrong.data) == (303, right.headers["Location"], right.data)
    assert mails() == ["message.link"]


def test_nobody_is_flooded_with_links(app: OpenAPI, make: Make) -> None:
    order = make()
    phone = make_phone(app)
    answers = [phone.post("/p/", {"number": order.number, "email": "ada@example.com"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Please wait a few minutes" in text_of(answers[-1])
    assert len(mails()) == 3


def test_orders_whose_contact_was_erased_send_nothing(make: Make, phone: Phone, shop: Shop) -> None:
    order = make(contact={"email": None})
    phone.post("/p/", {"number": order.number, "email": ""})
    assert mails() == []


@pytest.mark.parametrize("path", ["/p/", "/p/o/asked", "/p/unknown"])
def test_pages_without_an_order_are_valid(app: OpenAPI, path: str) -> None:
    assert_valid(make_phone(app).get(path))


def test_a_chosen_language_stays(make: Make, phone: Phone) -> None:
    order = make(contact={"language": "de"})
    assert 'lang="de"' in phone.open_link(order_token(order)).text
    answer = phone.post("/p/o/language", {"language": "sv", "next": f"/p/o/{order.number}"})
    assert answer.headers["Location"] == f"/p/o/{order.number}"
    assert 'lang="sv"' in phone.get(f"/p/o/{order.number}").text
    assert phone.post("/p/o/language", {"language": "xx", "next": "//evil"}).headers["Location"] == "/p/"
    assert 'lang="sv"' in phone.get("/p/").text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StaleDataError(), 409, "Here is how things stand now."),
        (Throttled(retry_after=90), 429, "Please wait a few minutes."),
        (PoolTimeout(), 503, "Please try again in a moment."),
        (OutOfService(), 503, "Please try again in a moment."),
    ],
)
def test_what_passes_leads_back_to_the_order_and_not_to_a_new_link(
    make: Make, phone: Phone, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    order = make("received")
    phone.open_link(order_token(order))

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("omni_pickup.customer.pickup_pages.pickup_facts", fail)
    answer = phone.get(f"/p/o/{order.number}")
    assert answer.status_code == status
    assert words in text_of(answer)
    assert f'href="/p/o/{order.number}"' in answer.text
    assert "Email address" not in answer.text
