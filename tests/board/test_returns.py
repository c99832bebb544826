"""The returns desk: who may see what, commands that happen once, verdicts, and a manager's nod."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from omni_pickup import keys
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.services.customers.order_links import order_token
from omni_pickup.services.returns.returns import announce_return
from tests.builders import collect_order, make_client, make_item, make_order, make_stock, stock_of
from tests.people import PIN
from tests.sites import ORIGIN, Browser, Site

GTIN = "5901234123457"


@pytest.fixture
def desk(site: Site) -> Desk:
    return Desk(site)


class Desk:
    """A collected order of three mugs in the first store, and Ania's tablet."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.app.app_context():
            store = db.session.get_one(Store, site.ids.store)
            item, client = make_item("MUG", name="Mug Skagen"), make_client()
            make_stock(store, item, 10)
            known = {"surname_key": "nowak", "phone_end": "4567"}
            order = collect_order(make_order(store, client, [(item, 3)], external_id="W-1", contact=known))
            with transaction():
                order = get_order(order.public_id)
                order.link_digest = keys.digest(order_token(order))
            self.client_id, self.order_id, self.number = client.id, order.public_id, order.number
            self.token = order_token(order)
        self.tablet = site.tablet()
        self.tablet.unlock(site.ids.ania)
        self.csrf = self.tablet.csrf()

    def act(self, kind: str, action_id: str = "", **payload: Any) -> TestResponse:
        body = {"action_id": action_id or f"{kind}-{json.dumps(payload, sort_keys=True)}"[:64], "kind": kind, **payload}
        headers = {"X-CSRFToken": self.csrf, "Accept": "application/json"}
        return self.tablet.client.post("/board/actions", json=body, base_url=ORIGIN, headers=headers)

    def open(self) -> tuple[str, str]:
        """Begin a walk-in: its id and RMA number."""
        answer = self.act("open_walk_in", order=self.order_id)
        assert answer.status_code == 200, answer.text
        given = answer.json["result"]["return"]  # type: ignore[index]
        return given["id"], given["rma_number"]

    def receive(self, ret: str, action_id: str = "r1", **more: Any) -> TestResponse:
        usual = {"position": 1, "pieces": 1, "reason": "changed_mind", "condition": "as_new"}
        return self.act("receive_piece", action_id, **{"return": ret, **usual, **more})

    def line(self) -> ReturnLine:
        line: ReturnLine = db.session.scalars(db.select(ReturnLine).order_by(ReturnLine.id)).unique().all()[0]
        return line

    def returned(self) -> int:
        return int(db.session.scalar(db.select(OrderLine.returned)) or 0)


def test_a_double_tap_counts_one_piece(desk: Desk) -> None:
    ret, _ = desk.open()
    first, second = desk.receive(ret), desk.receive(ret)
    assert first.json == second.json
    with desk.site.app.app_context():
        assert (desk.line().counted, desk.returned()) == (1, 1)


def test_undo_puts_the_piece_back_on_the_counter_and_the_money_with_it(desk: Desk) -> None:
    ret, _ = desk.open()
    desk.receive(ret)
    desk.receive(ret, "r2")
    assert desk.act("undo_piece", "u1", **{"return": ret}, position=1).status_code == 200
    with desk.site.app.app_context():
        assert (desk.line().counted, desk.returned(), desk.line().refund_minor) == (1, 1, 1000)
    assert desk.act("undo_piece", "u2", **{"return": ret}, position=1).status_code == 200
    assert desk.act("undo_piece", "u3", **{"return": ret}, position=1).status_code == 409
    with desk.site.app.app_context():
        line = desk.line()
        assert (line.counted, line.accepted, line.refund_minor, line.disposition) == (None, 0, 0, None)
        assert desk.returned() == 0
        assert db.session.scalars(db.select(Event.type)).all().count("return.piece_taken_back") == 2


def test_only_the_shelf_scan_raises_stock_and_an_item_is_no_shelf(desk: Desk) -> None:
    ret, rma = desk.open()
    desk.receive(ret)
    assert desk.act("finish_inspection", returns=[ret]).status_code == 200
    with desk.site.app.app_context():
        store, item = db.session.get_one(Store, desk.site.ids.store), desk.line().item
        assert item is not None
        assert stock_of(store, item)["on_hand"] == 7
    assert "To shelve" in desk.tablet.get("/board/returns").text
    done = desk.act("restock_piece", **{"return": ret}, position=1, pieces=1, location="A-03")
    assert done.json["says"] == "On the shelf, and in the books."  # type: ignore[index]
    with desk.site.app.app_context():
        item = desk.line().item
        assert item is not None
        assert stock_of(db.session.get_one(Store, desk.site.ids.store), item)["on_hand"] == 8
    assert "All done" in desk.tablet.get(f"/board/returns/{rma}").text


def test_goods_of_another_desk_are_not_found(desk: Desk) -> None:
    ret, rma = desk.open()
    desk.receive(ret)
    far = desk.site.browser()
    far.set_cookie("__Host-device", desk.site.ids.other_secret)
    far.unlock(desk.site.ids.far)
    assert far.get(f"/board/returns/{rma}").status_code == 404
    headers = {"X-CSRFToken": far.csrf(), "Accept": "application/json"}
    for kind in ("undo_piece", "finish_inspection", "cancel_return", "restock_piece", "override_disposition"):
        body = {"action_id": kind, "kind": kind, "return": ret, "position": 1, "location": "A", "disposition": "scrap"}
        answer = far.client.post("/board/actions", json=body, base_url=ORIGIN, headers=headers)
        assert answer.status_code in (403, 404), kind
    with desk.site.app.app_context():
        assert (desk.line().counted, desk.line().disposition) == (1, "restock")


def test_a_manager_s_nod_decides_otherwise_and_is_named(desk: Desk) -> None:
    ret, _ = desk.open()
    desk.receive(ret)
    override = {"return": ret, "position": 1, "disposition": "quarantine"}
    assert desk.act("override_disposition", "o1", **override).status_code == 403
    form = {"approver": desk.site.ids.mona, "pin": "000000", "about": ret}
    assert desk.tablet.post("/board/approvals", form).json["code"] == "wrong_approval"  # type: ignore[index]
    form["approver"], form["pin"] = desk.site.ids.bartek, PIN
    assert desk.tablet.post("/board/approvals", form).status_code == 403, "a colleague is no manager"
    form["approver"] = desk.site.ids.mona
    nod = desk.tablet.post("/board/approvals", form).json["approval"]  # type: ignore[index]
    assert desk.act("override_disposition", "o2", **override, approval=nod).status_code == 200
    with desk.site.app.app_context():
        assert desk.line().disposition == "quarantine"
        event = db.session.scalars(db.select(Event).where(Event.type == "return.disposition_overridden")).one()
        assert event.approver_id is not None
        assert event.approver_id != event.staff_id


def test_a_nod_about_one_return_is_none_about_another(desk: Desk) -> None:
    ret, _ = desk.open()
    desk.receive(ret)
    form = {"approver": desk.site.ids.mona, "pin": PIN, "about": "ret_other"}
    nod = desk.tablet.post("/board/approvals", form).json["approval"]  # type: ignore[index]
    override = {"return": ret, "position": 1, "disposition": "scrap", "approval": nod}
    assert desk.act("override_disposition", **override).status_code == 403
    assert desk.act("override_disposition", "o3", **{**override, "approval": "nonsense"}).status_code == 403


@pytest.mark.parametrize("typed", ["number", "W-1", "Nowak", "+48 501 234 567", "link"])
def test_an_order_is_found_by_what_the_customer_has(desk: Desk, typed: str) -> None:
    text = {"number": desk.number, "link": f"https://pickup.example/p/{desk.token}"}.get(typed, typed)
    answer = desk.tablet.post("/board/returns/find", {"q": text})
    assert answer.status_code == 303
    assert desk.token not in answer.location, "the customer's secret stays out of addresses"
    page = desk.tablet.get(answer.location).text
    assert desk.number in page
    assert "3 pieces can come back" in page


def test_a_link_that_opens_nothing_is_not_repeated_in_an_address(desk: Desk) -> None:
    secret = "A" * 43
    assert secret not in desk.tablet.post("/board/returns/find", {"q": f"https://x/p/{secret}"}).location


def test_a_second_order_joins_the_visit(desk: Desk) -> None:
    _, rma = desk.open()
    answer = desk.act("open_walk_in", "second", sku="MUG", visit=rma)
    go = answer.json["go"]  # type: ignore[index]
    assert go.startswith(f"/board/returns/{rma}?with=R")
    assert "Bought elsewhere" in desk.tablet.get(go).text


def test_an_rma_leads_to_its_desk_and_a_label_to_its_piece(desk: Desk) -> None:
    values = {"order": {"external_id": "W-1"}, "lines": [{"sku": "MUG", "quantity": 2, "reason": "arrived_late"}]}
    with desk.site.app.app_context(), transaction():
        ret, _ = announce_return(values, client_id=desk.client_id, source="customer", by=SYSTEM)
        rma = ret.rma_number
    assert rma in desk.tablet.get("/board/returns").text
    assert desk.tablet.post("/board/returns/find", {"q": rma.lower()}).location.endswith(f"/{rma}")
    assert desk.tablet.post("/board/returns/find", {"q": f"{rma}-1"}).location.endswith(f"/{rma}?line={rma}-1")
    page = desk.tablet.get(f"/board/returns/{rma}").text
    assert "The customer said: Arrived late" in page
    assert "1 of 2" in page


def test_a_tap_on_a_line_that_is_all_in_opens_its_verdict_and_a_scan_is_one_piece_more(desk: Desk) -> None:
    ret, rma = desk.open()
    for number in range(3):
        desk.receive(ret, f"r{number}")
    page = desk.tablet.get(f"/board/returns/{rma}").text
    assert f'href="/board/returns/{rma}?done={rma}-1&amp;seen={rma}-1"' in page
    seen = desk.tablet.get(f"/board/returns/{rma}?done={rma}-1&seen={rma}-1").text
    assert "already returned" not in seen
    assert f'id="verdict-{rma}-1"' in seen
    assert f"/board/prints/return_item_label/{ret}:1" in seen
    assert "already returned" in desk.tablet.get(f"/board/returns/{rma}?done={rma}-1&line={rma}-1").text


def test_a_line_that_may_take_more_is_asked_about_the_next_piece(desk: Desk) -> None:
    ret, rma = desk.open()
    desk.receive(ret)
    assert f'href="/board/returns/{rma}?line={rma}-1"' in desk.tablet.get(f"/board/returns/{rma}").text


def test_received_pieces_keep_their_labels_and_the_header_says_where_the_return_is(desk: Desk) -> None:
    ret, rma = desk.open()
    assert 'id="return-who">Walk-in' in desk.tablet.get(f"/board/returns/{rma}").text
    desk.receive(ret)
    desk.receive(ret, "r2")
    desk.act("finish_inspection", returns=[ret])
    page = desk.tablet.get(f"/board/returns/{rma}").text
    assert 'id="return-who">Received' in page
    assert "Print 2 labels: Mug Skagen" in page
    assert f"/board/prints/return_item_label/{ret}:1" in page
    live = desk.tablet.get(f"/board/returns/{rma}", **{"HX-Request": "true"}).text
    assert '<p class="muted" id="return-who" hx-swap-oob="morph">Received' in live


def test_a_visit_begun_by_mistake_is_called_off(desk: Desk) -> None:
    ret, _ = desk.open()
    assert desk.act("cancel_return", **{"return": ret}).json["go"] == "/board/returns"  # type: ignore[index]
    with desk.site.app.app_context():
        assert db.session.scalars(db.select(Return.state)).all() == ["cancelled"]


def test_the_fragment_of_an_unchanged_desk_is_not_sent_again(desk: Desk) -> None:
    _, rma = desk.open()
    first = desk.tablet.get(f"/board/returns/{rma}", **{"HX-Request": "true"})
    assert first.status_code == 200
    assert "<!doctype" not in first.text
    tag = first.headers["ETag"]
    again = desk.tablet.get(f"/board/returns/{rma}", **{"HX-Request": "true", "If-None-Match": tag})
    assert again.status_code in (200, 304), "the minute may have passed"


def test_a_parcel_is_opened_filled_and_closed_with_a_number_of_ours(desk: Desk) -> None:
    ret, _ = desk.open()
    desk.receive(ret, reason="defective")
    desk.act("finish_inspection", returns=[ret])
    opened = desk.act("open_parcel", destination="vendor", name="Returns DC Borås", address="Göteborgsvägen 14")
    sscc = opened.json["result"]["parcel"]["sscc"]  # type: ignore[index]
    assert desk.act("close_parcel", "c0", parcel=sscc).status_code == 409, "it is empty"
    assert desk.act("fill_parcel", parcel=sscc, **{"return": ret}, position=1).status_code == 200
    assert desk.act("close_parcel", "c1", parcel=sscc).status_code == 200
    with desk.site.app.app_context():
        assert db.session.scalars(db.select(Return.state)).all() == ["closed"]
    assert sscc[-5:] in desk.tablet.get("/board/returns").text


def test_the_footer_tells_what_is_due_and_who_pays(desk: Desk) -> None:
    ret, rma = desk.open()
    desk.receive(ret)
    assert "10.00\u00a0PLN" in desk.tablet.get(f"/board/returns/{rma}").text
    desk.act("finish_inspection", returns=[ret])
    assert "The web shop was told and pays it back, not the till." in desk.tablet.get(f"/board/returns/{rma}").text


def test_who_is_locked_out_sees_no_returns(desk: Desk) -> None:
    locked: Browser = desk.site.tablet()
    assert locked.get("/board/returns").status_code == 303
