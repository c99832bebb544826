"""Bags on their way to the shelf, as the tablet gets them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.board import prints
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package, PrintJob
from omni_pickup.models.picking import Tote, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.printing.documents import Printed
from omni_pickup.printing.failures import PrintingFailed
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.services.orders.order_cancels import cancel_order
from tests.board.floors import far_tablet, on_floor, signed_in
from tests.board.test_actions import send
from tests.builders import make_item, make_stock
from tests.floor import make_picked, make_place
from tests.printing.readers import texts
from tests.sites import Browser, Site


@pytest.fixture
def order(site: Site) -> str:
    """The public id of a picked order: two mugs, a butter and a chair."""
    with on_floor(site) as floor:
        butter = make_item("BUTTER", name="Butter", temperature="chilled")
        chair = make_item("CHAIR", name="Folding chair", handling=["bulky"])
        for item in (butter, chair):
            make_stock(floor.store, item, 5)
        make_place(floor.store, "F-1", zone="chilled")
        make_place(floor.store, "S-02")
        lines = [(floor.mug, 2), (butter, 1), (chair, 1)]
        return str(make_picked(floor.store, floor.client, lines, contact={"name": "Anna Nowak"}).public_id)


@pytest.fixture
def tablet(site: Site) -> Browser:
    return signed_in(site)


def facts(page: str) -> dict[str, Any]:
    """What the script is told."""
    found = re.search(r'data-facts="([^"]+)"', page)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


def make_bags(tablet: Browser) -> list[str]:
    """Every bag that the page proposes, by its public id."""
    plans = facts(tablet.get("/board/staging").text)["plans"]
    answers = [send(tablet, action_id=f"b{number}", kind="bag", **plan) for number, plan in enumerate(plans)]
    return [answer.json["result"]["package"]["id"] for answer in answers]


def test_bags_are_proposed_by_temperature_and_bulk(order: str, tablet: Browser) -> None:
    page = tablet.get("/board/staging").text
    plans = facts(page)["plans"]
    assert [(plan["zone"], sum(plan["contents"].values())) for plan in plans] == [
        ("ambient", 2),
        ("chilled", 1),
        ("ambient", 1),
    ]
    assert "Make 3 bags" in page
    assert "Nowak A." in page


def test_made_bags_have_a_place_to_go_to_and_a_label_to_print(order: str, tablet: Browser) -> None:
    bags = make_bags(tablet)
    page = tablet.get("/board/staging").text
    assert "0 of 3 bags on the shelf" in page
    for bag in bags:
        assert f'data-bag="{bag}"' in page
        assert f'href="/board/prints/bag_label/{bag}"' in page
    assert re.search(r'data-zone="chilled" data-place="F-1"', page)
    assert "Scan a bag" in page


def test_the_last_bag_at_its_place_makes_the_order_ready(site: Site, order: str, tablet: Browser) -> None:
    bags = make_bags(tablet)
    places = ["S-01", "F-1", "S-02"]
    answers = [
        send(tablet, action_id=f"s{bag}", kind="stage", bag=bag, location=place)
        for bag, place in zip(bags, places, strict=True)
    ]
    assert [answer.json["says"] for answer in answers[:-1]] == ["", ""]
    assert answers[-1].json["says"].endswith("is ready. The customer is told.")
    assert answers[-1].json["undo"] == {"kind": "undo_ready", "fields": {"order": order}, "seconds": 10}
    assert site.count(Order, Order.state == "ready") == 1
    assert "Everything is on its shelf" in tablet.get("/board/staging").text


def test_a_place_of_the_wrong_temperature_is_refused_in_words(site: Site, order: str, tablet: Browser) -> None:
    chilled = make_bags(tablet)[1]
    refused = send(tablet, action_id="s", kind="stage", bag=chilled, location="S-01")
    assert (refused.status_code, refused.json["zone"], refused.json["needed"]) == (409, "ambient", "chilled")
    assert site.count(Package, Package.state == "staged") == 0
    told = facts(tablet.get("/board/staging").text)
    assert told["places"]["S-01"]["refusal"] == "S-01 is a warm place"
    assert told["right"]["chilled"] == "Scan a fridge: F-1"


def test_a_preprinted_tag_makes_the_bag_its_own(order: str, tablet: Browser) -> None:
    plan = facts(tablet.get("/board/staging").text)["plans"][0]
    answer = send(tablet, action_id="b", kind="bag", tag="TAG-17", **plan)
    assert answer.json["result"]["package"]["tag"] == "TAG-17"
    assert 'data-tag="TAG-17"' in tablet.get("/board/staging").text


def test_the_script_knows_what_a_place_of_this_store_looks_like(order: str, tablet: Browser) -> None:
    told = facts(tablet.get("/board/staging").text)
    assert re.fullmatch(told["place_pattern"], "S-99")
    assert not re.fullmatch(told["place_pattern"], "TAG-17")
    assert told["words"]["no_place"] == "# is no place of this store"
    assert told["words"]["hangs"] == "Tag @ now hangs on bag #"


def test_totes_of_several_walks_are_told_apart_by_their_picker(site: Site, order: str, tablet: Browser) -> None:
    with on_floor(site) as floor, transaction():
        found = get_order(order)
        picker = db.session.scalars(db.select(Staff).where(Staff.name.startswith("Ania"))).first()
        assert picker is not None
        now = clock.now()
        wave = Wave(public_id="wav_1", store_id=floor.store.id, state="finished", picker_id=picker.id, released_at=now)
        wave.totes = [Tote(order_id=found.id, letter="A")]
        db.session.add(wave)
    assert "Nowak A., picked by Ania" in tablet.get("/board/staging").text
    assert "picked by" not in tablet.get(f"/board/staging/{order}").text


def test_with_bags_still_to_make_there_is_a_button_for_the_bag_in_hand(order: str, tablet: Browser) -> None:
    page = tablet.get("/board/staging").text
    assert re.search(r'id="scan-next"[^>]* hidden>', page)
    assert 'id="make-bags"' in page


def test_pieces_may_be_shared_out_over_more_bags(order: str, tablet: Browser) -> None:
    page = tablet.get(f"/board/staging/{order}").text
    assert f'data-own-bag="{order}"' in page
    line = next(iter(facts(page)["plans"][0]["contents"]))
    send(tablet, action_id="b", kind="bag", order=order, contents={line: 1})
    assert [sum(plan["contents"].values()) for plan in facts(tablet.get("/board/staging").text)["plans"]] == [1, 1, 1]


def test_another_stores_order_is_not_there(site: Site, order: str) -> None:
    assert far_tablet(site).get(f"/board/staging/{order}").status_code == 404
    assert far_tablet(site).get("/board/staging?wave=wav_x").status_code == 404


def test_without_anything_to_carry_the_screen_says_well_done(tablet: Browser) -> None:
    page = tablet.get("/board/staging").text
    assert "Everything is on its shelf, well done" in page


def test_no_id_stands_twice_and_nothing_is_styled_or_scripted_inline(order: str, tablet: Browser) -> None:
    make_bags(tablet)
    for path in ("/board/staging", f"/board/staging/{order}"):
        page = tablet.get(path).text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids))
        assert not re.search(r"<style|\sstyle=|<script>|\son[a-z]+=|javascript:", page)


def test_bags_that_were_made_are_still_there_after_a_reload(site: Site, order: str, tablet: Browser) -> None:
    make_bags(tablet)
    with site.app.app_context():
        assert db.session.query(Package).count() == 3
    assert facts(tablet.get("/board/staging").text)["plans"] == []


def test_the_labels_of_all_bags_are_one_paper_and_asked_for_once(site: Site, order: str, tablet: Browser) -> None:
    bags = make_bags(tablet)
    assert "Print 3 labels" in tablet.get("/board/staging").text
    paper = tablet.post("/board/prints/bag_labels", {"bags": " ".join(bags)})
    assert (paper.status_code, paper.content_type) == (200, "application/pdf")
    assert len(texts(paper.data)) == 3
    assert all("COPY" not in page for page in texts(paper.data))
    after = tablet.get("/board/staging").text
    assert "Print 3 labels" not in after
    assert "Print again" in after
    again = texts(tablet.post("/board/prints/bag_labels", {"bags": bags[0]}).data)
    assert "COPY" in again[0]


def test_labels_of_other_stores_or_of_nothing_are_not_found(site: Site, order: str, tablet: Browser) -> None:
    bags = make_bags(tablet)
    assert far_tablet(site).post("/board/prints/bag_labels", {"bags": bags[0]}).status_code == 404
    assert tablet.post("/board/prints/bag_labels", {"bags": ""}).status_code == 404
    assert site.count(PrintJob) == 0


def test_a_printer_that_fails_keeps_nobody_from_staging(
    site: Site, order: str, tablet: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags = make_bags(tablet)

    def fail(_bags: object) -> Printed:
        raise PrintingFailed("The printer took too long.")

    monkeypatch.setattr(prints, "print_bag_labels", fail)
    failed = tablet.post("/board/prints/bag_labels", {"bags": " ".join(bags)})
    assert failed.status_code >= 500
    assert "No work waits for a printer" in failed.text
    assert "Print 3 labels" in tablet.get("/board/staging").text
    answer = send(tablet, action_id="s", kind="stage", bag=bags[0], location="S-01")
    assert answer.status_code == 200


def test_when_the_customer_waits_the_last_bag_leads_to_the_handoff(site: Site, order: str, tablet: Browser) -> None:
    for bag, place in zip(make_bags(tablet), ("S-01", "F-1", "S-02"), strict=True):
        send(tablet, action_id=f"s{bag}", kind="stage", bag=bag, location=place)
    link = f'href="/board/handoff/{order}"'
    assert link not in tablet.get(f"/board/staging/{order}").text
    send(tablet, action_id="here", kind="check_in", order=order)
    assert link in tablet.get(f"/board/staging/{order}").text


def test_a_cancelled_orders_bags_are_unpacked_and_get_no_labels(tablet: Browser, site: Site, order: str) -> None:
    make_bags(tablet)
    before = tablet.get(f"/board/staging/{order}").text
    assert "/board/prints/bag_label/" in before
    assert 'id="print-labels"' in before
    with site.app.app_context(), transaction():
        cancel_order(get_order(order), reason="customer", by=SYSTEM)
    page = tablet.get(f"/board/staging/{order}").text
    assert "/board/prints/bag_label/" not in page
    assert 'id="print-labels"' not in page
    assert "This order ended: its bags go to no place" in page
    assert '"/board/tasks/put_back"' in page
    assert "to carry" not in page
