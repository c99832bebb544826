"""The handoff's pages: who sees what, what they say, and what they offer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from omni_pickup.models import transaction
from omni_pickup.models.actors import CUSTOMER, SYSTEM
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Handoff
from omni_pickup.queries.orders.orders import get_order_by_key, pickup_code
from omni_pickup.rules.pickup_qrs import qr_text
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders.order_cancels import cancel_pieces
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.searches import report_missing_bag
from tests.board.floors import Floor, far_tablet, on_floor, second_tablet, signed_in
from tests.board.test_actions import send
from tests.floor import bags_in, differences, floor_tasks, locked, make_ready, reread
from tests.people import PIN
from tests.sites import Site


def path_of(order: Order, more: str = "") -> str:
    return f"/board/handoff/{order.public_id}{more}"


def ready(site: Site, **values: Any) -> Order:
    with on_floor(site) as floor:
        return floor.ready(**values)


def bag_ids(site: Site, order: Order) -> list[str]:
    with site.app.app_context():
        return [bag.public_id for bag in bags_in(order)]


def code_of(site: Site, order: Order) -> str:
    with site.app.app_context():
        code = pickup_code(order)
        assert code is not None
        return code


def books(site: Site) -> list[str]:
    with site.app.app_context():
        return differences()


def give(site: Site, tablet: Any, order: Order, **more: Any) -> Any:
    usual = {"method": "id", "checks": ["photo_id"], "bags": bag_ids(site, order), "order": order.public_id}
    return send(tablet, action_id=more.pop("action_id", "give"), kind="hand_over", **{**usual, **more})


def test_the_page_says_who_where_payment_check_and_bags(site: Site) -> None:
    order = ready(site, contact={"name": "Łucja Żak", "phone_end": "4821", "note": "to the car"})
    page = signed_in(site).get(path_of(order)).text
    for words in (
        "Łucja Żak",
        "4821",
        "to the car",
        "S-01",
        "Paid online, 10.00\N{NO-BREAK SPACE}PLN",
        "Check the code",
        "1/1",
        "Blue mug",
    ):
        assert words in page
    assert bag_ids(site, order)[0] in page
    assert code_of(site, order) not in page


def test_a_gift_shows_no_amount(site: Site) -> None:
    page = signed_in(site).get(path_of(ready(site, gift=True))).text
    assert "10.00" not in page
    assert "Gift, no prices" in page


def test_another_stores_tablet_sees_nothing(site: Site) -> None:
    order = ready(site)
    tablet = far_tablet(site)
    for more in ("", "/wrong", "/stray?code=x"):
        assert tablet.get(path_of(order, more)).status_code == 404


def test_the_fragment_is_the_page_without_its_frame_and_is_asked_for_once(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    first = tablet.get(path_of(order), **{"HX-Request": "true"})
    assert "<html" not in first.text
    assert 'hx-swap-oob="morph"' in first.text
    again = tablet.get(path_of(order), **{"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_what_is_due_asks_for_a_receipt(site: Site) -> None:
    order = ready(site, payment_state="due", payment_due_minor=1000)
    tablet = signed_in(site)
    page = tablet.get(path_of(order)).text
    assert "Due 10.00\N{NO-BREAK SPACE}PLN" in page
    assert 'data-due="yes"' in page
    assert give(site, tablet, order).json["code"] == "payment_due"
    assert give(site, tablet, order, receipt="004512").status_code == 200
    assert "receipt 004512" in tablet.get(path_of(order)).text
    assert books(site) == []


def test_who_takes_nothing_of_an_unpaid_order_pays_nothing(site: Site) -> None:
    order = ready(site, payment_state="due", payment_due_minor=1000)
    lines = {"1": {"collected": 0, "refused": 1, "reason": "changed_mind"}}
    answer = give(site, signed_in(site), order, lines=lines)
    assert answer.json["result"]["handoff"]["result"] == "refused"
    assert answer.json["undo"]["kind"] == "undo_hand_over"
    assert books(site) == []


def test_taking_back_a_part_owes_again_what_was_refused(site: Site) -> None:
    with on_floor(site) as floor:
        order = make_ready(floor.store, floor.client, [(floor.mug, 3)], payment_state="due", payment_due_minor=3000)
    tablet = signed_in(site)
    lines = {"1": {"collected": 0, "refused": 1, "reason": "damaged"}}
    answer = give(site, tablet, order, lines=lines)
    assert due(site, order) == 2000
    undo = answer.json["undo"]
    send(tablet, action_id="undo", kind=undo["kind"], **undo["fields"])
    assert due(site, order) == 3000
    assert books(site) == []


def due(site: Site, order: Order) -> int | None:
    with site.app.app_context():
        return get_order_by_key(order.id).payment_due_minor


def test_a_right_code_shows_on_the_tablet_where_it_was_said(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    answer = send(tablet, action_id="c", kind="check_code", order=order.public_id, code=code_of(site, order))
    assert answer.json["result"]["right"] is True
    assert "Pickup code right" in tablet.get(path_of(order)).text
    assert "Pickup code right" not in second_tablet(site).get(path_of(order)).text


def test_a_qr_leads_to_its_order_with_the_code_proved(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    answer = send(tablet, action_id="q", kind="find_code", code=qr_text(order.public_id, code_of(site, order)))
    assert answer.json["go"] == path_of(order)
    assert 'data-method="qr"' in tablet.get(path_of(order)).text


def test_another_stores_code_shows_only_where_and_until_when(site: Site) -> None:
    order = ready(site, contact={"name": "Secret Person"})
    far = far_tablet(site)
    answer = send(far, action_id="q", kind="find_code", code=code_of(site, order))
    assert answer.json["go"] == "/board/handoff?elsewhere=WAW-01&ready=1"
    page = far.get(answer.json["go"]).text
    assert "Ready at Warszawa Centrum" in page
    assert "Open to" in page
    for hidden in ("Secret", order.number, order.public_id, "S-01"):
        assert hidden not in page


def test_five_wrong_codes_ask_for_a_manager(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    for number in range(5):
        send(tablet, action_id=f"w{number}", kind="check_code", order=order.public_id, code="WRONG2")
    page = tablet.get(path_of(order)).text
    assert "5 wrong codes" in page
    assert 'data-locked="yes"' in page
    assert give(site, tablet, order).json["code"] == "manager_needed"
    nod = approve(site, tablet, order).json["approval"]
    assert give(site, tablet, order, approval=nod).status_code == 200
    assert books(site) == []


def approve(site: Site, tablet: Any, order: Order, person: str = "mona", pin: str = PIN) -> Any:
    return tablet.post(
        "/board/approvals", {"approver": getattr(site.ids, person), "pin": pin, "about": order.public_id}
    )


def test_a_wrong_pin_or_an_associate_approves_nothing(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    assert approve(site, tablet, order, pin="999111").status_code == 403
    assert approve(site, tablet, order, person="bartek").status_code == 403


def test_the_second_tablet_reads_who_handed_it_over(site: Site) -> None:
    order, other = ready(site), second_tablet(site)
    version = order.version
    give(site, signed_in(site), order, expected=version)
    late = give(site, other, order, expected=version, action_id="late")
    assert late.status_code == 409
    assert late.json["code"] == "changed_meanwhile"
    page = other.get(path_of(order)).text
    assert "Ania handed this over at" in page
    assert "data-give" not in page


def test_a_double_tap_is_one_handoff(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    first, second = give(site, tablet, order), give(site, tablet, order)
    assert first.json["result"] == second.json["result"]
    assert books(site) == []


@contextmanager
def long_ago(site: Site) -> Iterator[None]:
    """The handoff was eleven minutes ago, while the session of whoever looks is fresh."""
    for minutes in (-11, 11):
        with site.app.app_context(), transaction():
            db.session.query(Handoff).one().recorded_at += timedelta(minutes=minutes)
        if minutes < 0:
            yield


def test_what_was_given_can_be_taken_back_for_a_while(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    order, tablet = ready(site), signed_in(site)
    answer = give(site, tablet, order)
    assert answer.json["go"] == "/board/"
    assert "Take it back" in tablet.get(path_of(order)).text
    with long_ago(site):
        assert "Ania" in (page := tablet.get(path_of(order)).text)
        assert "Take it back" not in page
    undone = send(tablet, action_id="u", kind="undo_hand_over", **answer.json["undo"]["fields"])
    assert undone.json["go"] == path_of(order)
    assert 'data-state="ready"' in tablet.get(path_of(order)).text
    assert books(site) == []


def refuse(site: Site, tablet: Any, order: Order) -> Any:
    lines = {"1": {"collected": 0, "refused": 1, "reason": "damaged"}}
    return give(site, tablet, order, lines=lines)


def test_what_was_refused_can_be_taken_back_for_a_while(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    answer = refuse(site, tablet, order)
    page = tablet.get(path_of(order)).text
    assert "Take it back" in page
    assert "noted at" in page
    with long_ago(site):
        assert "This order is cancelled" in (page := tablet.get(path_of(order)).text)
        assert "Take it back" not in page
    undone = send(tablet, action_id="u", kind="undo_hand_over", **answer.json["undo"]["fields"])
    assert undone.json["go"] == path_of(order)
    assert 'data-state="ready"' in tablet.get(path_of(order)).text
    assert books(site) == []


def test_what_is_on_its_way_to_the_shelf_is_not_taken_back(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    answer = refuse(site, tablet, order)
    with on_floor(site) as floor:
        (task,) = floor_tasks(floor.store, "put_back")
        with transaction():
            put_back(reread(task), sellable=1, by=SYSTEM)
    late = send(tablet, action_id="u", kind="undo_hand_over", **answer.json["undo"]["fields"])
    assert late.status_code == 409
    assert "put back" in late.text
    assert books(site) == []


def take_out(floor: Floor) -> Order:
    order = make_ready(floor.store, floor.client, [(floor.mug, 2)])
    with transaction():
        cancel_pieces(locked(order), "1", 1, reason="customer", by=CUSTOMER)
    return order


def lost(floor: Floor) -> Order:
    order = floor.ready()
    with transaction():
        report_missing_bag(bags_in(order)[0], by=SYSTEM)
    return order


def void(floor: Floor) -> Order:
    order = floor.ready()
    with transaction():
        locked(order).payment_state = "void"
    return order


def recalled(floor: Floor) -> Order:
    order = floor.ready()
    with transaction():
        db.session.get_one(Item, floor.mug.id).stop_sale = True
    return order


def collected(floor: Floor) -> Order:
    order = floor.ready()
    with transaction():
        scanned = [bag.public_id for bag in bags_in(order)]
        hand_over(
            get_order_by_key(order.id), scanned_packages=scanned, method="id", given_checks=["photo_id"], by=SYSTEM
        )
    return order


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda floor: floor.queued(), "1 piece left to pick"),
        (void, "The payment is void"),
        (take_out, "Take 1 Blue mug out of bag 1 first"),
        (lost, "Bag 1 is being searched for"),
        (recalled, "Recalled: Blue mug"),
        (collected, "Somebody handed this over at"),
    ],
)
def test_what_cannot_be_given_says_why_and_offers_no_handoff(site: Site, make: Any, words: str) -> None:
    with on_floor(site) as floor:
        order = make(floor)
        path = path_of(reread(order))
    page = signed_in(site).get(path).text
    assert words in page
    assert "data-give" not in page


def test_something_wrong_lists_open_lines_bags_and_reasons(site: Site) -> None:
    page = signed_in(site).get(path_of(ready(site), "/wrong")).text
    for words in (
        "Takes only a part",
        "Takes nothing",
        "A bag is not here",
        "Nobody came",
        "Changed their mind",
        "Blue mug",
    ):
        assert words in page


def test_a_part_is_chosen_by_size_and_colour_as_everywhere_else(site: Site) -> None:
    order = ready(site)
    with on_floor(site), transaction():
        line = locked(order).lines[0]
        line.item.attributes = {"size": "43", "colour": "green"}
        sku = line.item.sku
    page = signed_in(site).get(path_of(order, "/wrong")).text
    assert "43, green" in page
    assert f">{sku}<" not in page


def test_a_bag_that_is_not_here_opens_one_search_and_leads_back(site: Site) -> None:
    order, tablet = ready(site), signed_in(site)
    answer = send(tablet, action_id="n", kind="not_here", bag=bag_ids(site, order)[0])
    assert answer.json["go"] == path_of(order)
    assert "is searched for" in answer.json["says"]
    assert books(site) == []


def test_nobody_came_leaves_everything_where_it_was(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.ready()
        floor.arrive(order)
    tablet = signed_in(site)
    assert send(tablet, action_id="n", kind="nobody_came", order=order.public_id).json["go"] == "/board/"
    page = tablet.get(path_of(order)).text
    assert 'data-state="ready"' in page
    assert "wait-chip" not in page
    assert books(site) == []


def test_ill_take_it_leads_to_the_handoff_of_what_is_ready(site: Site) -> None:
    with on_floor(site) as floor:
        order, early = floor.ready(), floor.queued()
        floor.arrive(order)
        floor.arrive(early)
    tablet = signed_in(site)
    assert send(tablet, action_id="t1", kind="take", order=order.public_id).json["go"] == path_of(order)
    assert send(tablet, action_id="t2", kind="take", order=early.public_id).json["go"] is None


def test_a_stray_scan_says_whose_bag_it_is(site: Site) -> None:
    order = ready(site)
    other = ready(site, contact={"name": "Jan Kos", "surname_key": "kos"})
    stray = signed_in(site).get(path_of(order, f"/stray?code={bag_ids(site, other)[0]}")).text
    assert other.number[-4:] in stray
    assert "KOS" in stray


def test_the_bay_the_car_and_the_wait_stand_in_the_strip(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.ready(contact={"name": "Ada Nowak", "vehicle": "blue Kia"})
        floor.arrive(order, bay="B4")
    page = signed_in(site).get(path_of(order)).text
    assert "Bay B4, blue Kia" in page
    assert "data-since" in page


def test_the_find_page_keeps_a_code_to_try_and_shows_no_order(site: Site) -> None:
    page = signed_in(site).get("/board/handoff?code=AB2CD3").text
    assert 'value="AB2CD3"' in page
    assert "data-find-code" in page
