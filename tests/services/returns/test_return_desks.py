"""At the return desk: counting in, judging, and where each piece ends up."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup import clock, company_prefixes
from omni_pickup.errors import Conflict, Invalid, ManagerNeeded, NotFound, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Setting, Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.returns.parcels import get_parcel, open_parcels, parcel_shape
from omni_pickup.queries.returns.returnable_lines import orders_by_exact_key, returnable_lines
from omni_pickup.queries.returns.returns import get_return
from omni_pickup.rules.returnables import Verdict
from omni_pickup.rules.sscc import check_sscc
from omni_pickup.services.returns import return_desks
from omni_pickup.services.returns.parcels import add_to_parcel, close_parcel, open_parcel
from omni_pickup.services.returns.restocks import restock_piece, route_piece
from omni_pickup.services.returns.return_desks import (
    close_return,
    finish_inspection,
    override_disposition,
    receive_piece,
    reject_return,
)
from omni_pickup.services.returns.returns import announce_return
from omni_pickup.services.returns.walk_ins import add_foreign_line, open_walk_in
from tests.builders import collect_order, make_client, make_item, make_order, make_stock, stock_of
from tests.people import make_staff, make_store


@dataclass
class Desk:
    """A shop with three collected shirts, an associate and a manager, and a second store."""

    store: Store
    other: Store
    client: Client
    item: Item
    order: Order
    ola: Actor
    boss: Actor


@pytest.fixture
def desk(app: OpenAPI) -> Desk:
    store, other, client, item = make_store(), make_store("WAW-02", name="Praga"), make_client(), make_item("SHIRT")
    make_stock(store, item, 10)
    order = collect_order(make_order(store, client, [(item, 3)], external_id="1001"))
    ola = Actor("staff", staff_id=make_staff("ola", store, other).id)
    boss = Actor("staff", staff_id=make_staff("boss", store, other, role="manager").id)
    return Desk(store, other, client, item, order, ola, boss)


def announce(desk: Desk, quantity: int = 2) -> Return:
    values = {"order": {"external_id": "1001"}, "lines": [{"sku": "SHIRT", "quantity": quantity}]}
    with transaction():
        return announce_return(values, client_id=desk.client.id, source="channel", by=SYSTEM)[0]


def receive(desk: Desk, ret: Return, pieces: int = 1, line: int = 0, **more: Any) -> tuple[ReturnLine, Verdict]:
    usual: dict[str, Any] = {"reason": "too_small", "condition": "as_new", "store": desk.store, "by": desk.ola}
    with transaction():
        fresh = get_return(ret.public_id)
        return receive_piece(fresh, fresh.lines[line], pieces=pieces, **{**usual, **more})


def inspect(desk: Desk, ret: Return) -> Return:
    with transaction():
        return finish_inspection(get_return(ret.public_id), by=desk.ola)


def types_of(ret: Return) -> list[str]:
    return list(db.session.scalars(select(Event.type).where(Event.return_id == ret.id).order_by(Event.id)))


def returned(desk: Desk) -> int:
    with transaction():
        return get_order(desk.order.public_id).lines[0].returned


# --- counting in ---------------------------------------------------------------------------------------------


def test_a_counted_piece_is_received_and_neither_restocked_nor_refunded(desk: Desk) -> None:
    line, verdict = receive(desk, announce(desk))
    ret = get_return(line.return_order.public_id)
    assert (ret.state, ret.refund_state, ret.store_id) == ("received", "none", desk.store.id)
    assert (line.said, line.counted, line.accepted, line.disposition) == (2, 1, 1, "restock")
    assert verdict.sentence == "Can be returned."
    assert returned(desk) == 1
    assert stock_of(desk.store, desk.item) == {"on_hand": 7}


def test_said_and_counted_may_differ(desk: Desk) -> None:
    line, _ = receive(desk, announce(desk, 1), pieces=3)
    assert (line.said, line.counted, line.accepted) == (1, 3, 3)


def test_nobody_returns_more_than_was_collected(desk: Desk) -> None:
    ret = announce(desk, 3)
    receive(desk, ret, pieces=3)
    with pytest.raises(Conflict) as caught:
        receive(desk, ret)
    assert caught.value.details["rule"] == "already_returned"
    assert returned(desk) == 3


def test_pieces_that_were_not_collected_cannot_be_received(desk: Desk) -> None:
    order = make_order(desk.store, desk.client, [(desk.item, 2)], external_id="1002")
    with transaction():
        ret, _ = announce_return(
            {"order": {"external_id": "1002"}, "lines": [{"sku": "SHIRT", "quantity": 1}]},
            client_id=desk.client.id,
            source="channel",
            by=SYSTEM,
        )
    with pytest.raises(Conflict) as caught:
        receive(desk, ret)
    assert caught.value.details["rule"] == "not_collected"
    assert get_order(order.public_id).lines[0].returned == 0
    assert get_return(ret.public_id).state == "announced"


def test_two_desks_never_take_the_same_pieces_twice(app: OpenAPI, desk: Desk) -> None:
    returns = [announce(desk, 1) for _ in range(3)]
    outcomes: list[str] = []

    def take(ret: Return, store: Store) -> None:
        with app.app_context():
            try:
                receive(desk, ret, pieces=2, store=store)
                outcomes.append("taken")
            except Conflict:
                outcomes.append("refused")
            db.session.remove()

    threads = [
        threading.Thread(target=take, args=(ret, store))
        for ret, store in zip(returns, (desk.store, desk.other, desk.store), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Three were collected: one desk takes two, and nobody else can take two more.
    assert sorted(outcomes) == ["refused", "refused", "taken"]
    assert returned(desk) == 2


def test_the_counter_itself_refuses_a_piece_that_came_back_already(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rule in front of it switched off, the guarded UPDATE is what stands between two desks."""
    ret = announce(desk, 3)
    receive(desk, ret, pieces=3)
    monkeypatch.setattr(return_desks, "judge", lambda *args, **kwargs: Verdict(True, None, "Can be returned."))
    with pytest.raises(Conflict) as caught:
        receive(desk, ret)
    assert caught.value.details["rule"] == "already_returned"
    assert returned(desk) == 3


def test_pieces_in_another_condition_get_a_line_of_their_own(desk: Desk) -> None:
    ret = announce(desk, 2)
    receive(desk, ret)
    receive(desk, ret, condition="damaged")
    receive(desk, ret)
    lines = get_return(ret.public_id).lines
    assert [(one.said, one.counted, one.disposition) for one in lines] == [(2, 2, "restock"), (0, 1, "scrap")]
    assert {one.line_id for one in lines} == {"1"}


def test_a_serial_makes_a_line_of_its_own(desk: Desk) -> None:
    ret = announce(desk, 2)
    for serial in ("SN-1", "SN-2"):
        receive(desk, ret, serial=serial)
    assert [one.serial for one in get_return(ret.public_id).lines] == ["SN-1", "SN-2"]


def test_pieces_refused_by_the_window_are_counted_and_handed_back(desk: Desk) -> None:
    late = clock.now() + timedelta(days=40)
    line, verdict = receive(desk, announce(desk), at=late)
    assert (line.counted, line.accepted, line.returnable, line.rule) == (1, 0, False, "past_window")
    assert verdict.sentence.startswith("The time to return this item ended on ")
    assert returned(desk) == 0


def test_only_a_manager_waives_the_window(desk: Desk) -> None:
    late = clock.now() + timedelta(days=40)
    ret = announce(desk)
    with pytest.raises(ManagerNeeded):
        receive(desk, ret, at=late, waived=True)
    line, _ = receive(desk, ret, at=late, waived=True, by=desk.boss)
    assert (line.accepted, line.returnable, line.rule) == (1, True, "past_window")


def test_a_return_begun_in_one_store_is_not_continued_in_another(desk: Desk) -> None:
    ret = announce(desk)
    receive(desk, ret)
    with pytest.raises(WrongState):
        receive(desk, ret, store=desk.other)


@pytest.mark.parametrize("wrong", [{"reason": "because"}, {"condition": "fine"}, {"pieces": 0}])
def test_words_outside_the_tables_change_nothing(desk: Desk, wrong: dict[str, Any]) -> None:
    ret = announce(desk)
    with pytest.raises(Invalid):
        receive(desk, ret, **wrong)
    assert get_return(ret.public_id).state == "announced"


# --- the counter without an announcement ---------------------------------------------------------------------


def test_one_visit_covers_several_orders_and_goods_bought_elsewhere(desk: Desk) -> None:
    second = collect_order(make_order(desk.store, desk.client, [(desk.item, 1)], external_id="1002"))
    with transaction():
        orders = [get_order(desk.order.public_id), get_order(second.public_id)]
        opened = open_walk_in(desk.other, orders=orders, elsewhere=["SHIRT", "UNKNOWN"], by=desk.ola)
    assert [ret.order_id for ret in opened] == [desk.order.id, second.id, None]
    assert [line.said for ret in opened for line in ret.lines] == [0, 0, 0, 0]
    line, verdict = receive(desk, opened[2], line=1, store=desk.other, reason="other", condition="opened")
    assert (line.accepted, line.disposition, verdict.returnable) == (1, "quarantine", True)
    receive(desk, opened[0], store=desk.other)
    assert returned(desk) == 1


def test_a_visit_shows_only_what_may_come_back(desk: Desk) -> None:
    earring = make_item("EARRING", returnable=False)
    make_stock(desk.store, earring, 1)
    order = collect_order(make_order(desk.store, desk.client, [(desk.item, 2), (earring, 1)]))
    found = returnable_lines(order, at=clock.now())
    assert [(one.line.item.sku, one.pieces) for one in found] == [("SHIRT", 2)]
    only = collect_order(make_order(desk.store, desk.client, [(desk.item, 1)]))
    with pytest.raises(NotFound):
        returnable_lines(only, at=clock.now() + timedelta(days=31))


def test_an_empty_visit_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid), transaction():
        open_walk_in(desk.store, by=desk.ola)


def test_one_more_foreign_item_may_turn_up_until_the_desk_is_done(desk: Desk) -> None:
    with transaction():
        ret = open_walk_in(desk.store, elsewhere=["SHIRT"], by=desk.ola)[0]
        add_foreign_line(ret, "ANOTHER", by=desk.ola)
    receive(desk, ret)
    ret = inspect(desk, ret)
    with pytest.raises(WrongState), transaction():
        add_foreign_line(get_return(ret.public_id), "LATE", by=desk.ola)


def test_orders_are_found_by_exact_keys_in_any_store(desk: Desk) -> None:
    for key in (desk.order.number, "1001", desk.order.public_id, f" {desk.order.number} "):
        assert [order.id for order in orders_by_exact_key(key)] == [desk.order.id]
    for key in ("100", desk.order.number[:-1], ""):
        assert orders_by_exact_key(key) == []


# --- verdicts become ways ------------------------------------------------------------------------------------


def test_a_manager_overrides_the_disposition(desk: Desk) -> None:
    line, _ = receive(desk, announce(desk))
    with pytest.raises(ManagerNeeded), transaction():
        override_disposition(line, disposition="refurbish", by=desk.ola)
    with transaction():
        override_disposition(line, disposition="refurbish", by=desk.boss)
    fresh = get_return(line.return_order.public_id).lines[0]
    assert (fresh.proposed_disposition, fresh.disposition) == ("restock", "refurbish")
    assert fresh.overridden_by_id == desk.boss.staff_id


@pytest.mark.parametrize(
    ("values", "rule"), [({"stop_sale": True}, "stop_sale"), ({"temperature": "chilled"}, "temperature")]
)
def test_even_a_manager_never_restocks_recalled_or_chilled_goods(desk: Desk, values: dict[str, Any], rule: str) -> None:
    with transaction():
        item = db.session.get_one(Item, desk.item.id)
        for name, value in values.items():
            setattr(item, name, value)
    line, _ = receive(desk, announce(desk))
    assert line.disposition != "restock"
    with pytest.raises(Conflict) as caught, transaction():
        override_disposition(line, disposition="restock", by=desk.boss)
    assert caught.value.details["rule"] == rule


def test_the_end_of_the_inspection_tells_what_is_due(desk: Desk) -> None:
    ret = announce(desk)
    receive(desk, ret, pieces=2)
    ret = inspect(desk, ret)
    assert (ret.state, ret.refund_state, ret.refund_due_minor) == ("inspected", "due", 2000)
    told = db.session.scalars(select(Event).where(Event.type == "return.refund_due")).one()
    assert told.data["refund_due"]["amount"] == {"amount": "20.00", "currency": "PLN"}
    assert told.data["refund_total"] == {"amount": "20.00", "currency": "PLN"}
    inspect(desk, ret)
    assert types_of(ret).count("return.refund_due") == 1


def test_no_share_of_a_line_total_is_lost_or_paid_twice(desk: Desk) -> None:
    with transaction():
        # Three for 10.00: 3.33, 3.33 and 3.34.
        db.session.get_one(Order, desk.order.id).lines[0].paid_total_minor = 1000
    rejected = announce(desk, 1)
    receive(desk, rejected)
    with transaction():
        reject_return(get_return(rejected.public_id), reason="changed their mind again", by=desk.ola)
    shares = []
    for _ in range(3):
        ret = announce(desk, 1)
        receive(desk, ret)
        shares.append(inspect(desk, ret).refund_due_minor)
    assert shares == [333, 333, 334]


def test_an_unpaid_order_is_owed_nothing(desk: Desk) -> None:
    with transaction():
        db.session.get_one(Order, desk.order.id).payment_state = "due"
    ret = announce(desk)
    receive(desk, ret)
    assert inspect(desk, ret).refund_state == "none"


def test_for_goods_bought_elsewhere_only_the_channel_knows_the_amount(desk: Desk) -> None:
    with transaction():
        ret = open_walk_in(desk.store, elsewhere=["SHIRT"], by=desk.ola)[0]
    receive(desk, ret)
    assert inspect(desk, ret).refund_state == "due"
    told = db.session.scalars(select(Event).where(Event.type == "return.refund_due")).one()
    assert told.data["refund_due"]["amount"] is None


def test_nothing_is_inspected_before_it_arrived(desk: Desk) -> None:
    with pytest.raises(WrongState):
        inspect(desk, announce(desk))


def test_a_return_of_which_nothing_is_accepted_closes_with_its_inspection(desk: Desk) -> None:
    ret = announce(desk)
    receive(desk, ret, at=clock.now() + timedelta(days=40))
    assert inspect(desk, ret).state == "closed"


def test_rejected_goods_are_the_customers_again(desk: Desk) -> None:
    ret = announce(desk, 3)
    receive(desk, ret, pieces=3)
    with transaction():
        reject_return(get_return(ret.public_id), reason="not ours", by=desk.ola)
    assert returned(desk) == 0
    assert get_return(ret.public_id).state == "rejected"
    receive(desk, announce(desk, 3), pieces=3)


def test_inspected_goods_are_no_longer_given_back(desk: Desk) -> None:
    ret = announce(desk)
    receive(desk, ret)
    inspect(desk, ret)
    with pytest.raises(WrongState), transaction():
        reject_return(get_return(ret.public_id), reason="too late", by=desk.ola)
    assert returned(desk) == 1


# --- the shelf -----------------------------------------------------------------------------------------------


def inspected(desk: Desk, pieces: int = 2, **more: Any) -> ReturnLine:
    ret = announce(desk)
    line, _ = receive(desk, ret, pieces=pieces, **more)
    inspect(desk, ret)
    return line


def shelve(desk: Desk, line: ReturnLine, pieces: int = 1, location: str = "A-03-2") -> None:
    with transaction():
        restock_piece(line, pieces=pieces, scanned_location=location, by=desk.ola)


def test_only_the_scan_to_the_shelf_raises_on_hand_of_the_receiving_store(desk: Desk) -> None:
    line = inspected(desk, store=desk.other)
    assert (stock_of(desk.store, desk.item), stock_of(desk.other, desk.item)) == ({"on_hand": 7}, {})
    shelve(desk, line)
    assert (stock_of(desk.store, desk.item), stock_of(desk.other, desk.item)) == ({"on_hand": 7}, {"on_hand": 1})
    assert get_return(line.return_order.public_id).state == "inspected"
    shelve(desk, line)
    assert get_return(line.return_order.public_id).state == "closed"


@pytest.mark.parametrize("pieces", [0, 3])
def test_no_more_pieces_are_shelved_than_wait(desk: Desk, pieces: int) -> None:
    line = inspected(desk)
    with pytest.raises(Invalid):
        shelve(desk, line, pieces)
    assert stock_of(desk.store, desk.item) == {"on_hand": 7}


def test_the_shelf_has_to_be_scanned(desk: Desk) -> None:
    with pytest.raises(Invalid):
        shelve(desk, inspected(desk), location=" ")


def test_nothing_is_shelved_before_the_inspection_is_done(desk: Desk) -> None:
    line, _ = receive(desk, announce(desk))
    with pytest.raises(WrongState):
        shelve(desk, line)


def test_two_scanners_shelve_a_piece_once(app: OpenAPI, desk: Desk) -> None:
    line_id = inspected(desk, pieces=1).id
    outcomes: list[str] = []

    def scan() -> None:
        with app.app_context():
            try:
                shelve(desk, db.session.get_one(ReturnLine, line_id))
                outcomes.append("shelved")
            except (Invalid, WrongState):
                outcomes.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=scan) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["shelved"]
    assert stock_of(desk.store, desk.item) == {"on_hand": 8}


def test_an_item_recalled_after_its_return_stays_off_the_shelf(desk: Desk) -> None:
    line = inspected(desk)
    with transaction():
        db.session.get_one(Item, desk.item.id).stop_sale = True
    with pytest.raises(Conflict):
        shelve(desk, line)
    with transaction():
        override_disposition(line, disposition="quarantine", by=desk.boss)
        route_piece(line, pieces=2, by=desk.ola)
    assert stock_of(desk.store, desk.item) == {"on_hand": 7, "quarantine": 2}


def test_quarantined_pieces_are_counted_apart_and_scrapped_ones_nowhere(desk: Desk) -> None:
    ret = announce(desk, 2)
    receive(desk, ret, reason="damaged_in_transit", condition="opened")
    receive(desk, ret, condition="damaged")
    ret = inspect(desk, ret)
    assert [line.disposition for line in ret.lines] == ["quarantine", "scrap"]
    for line in ret.lines:
        with transaction():
            route_piece(line, pieces=1, by=desk.ola)
    assert stock_of(desk.store, desk.item) == {"on_hand": 7, "quarantine": 1}
    assert get_return(ret.public_id).state == "closed"


def test_a_return_closes_only_when_every_piece_has_its_place(desk: Desk) -> None:
    line = inspected(desk)
    with pytest.raises(WrongState) as caught, transaction():
        close_return(get_return(line.return_order.public_id), by=desk.ola)
    assert [one["sku"] for one in caught.value.details["lines"]] == ["SHIRT"]
    shelve(desk, line, 2)
    with transaction():
        assert close_return(get_return(line.return_order.public_id), by=desk.ola).state == "closed"


# --- cartons -------------------------------------------------------------------------------------------------

VENDOR = {"kind": "vendor", "name": "Shirts & Co."}


def set_prefix(prefix: str = "5901234") -> None:
    with transaction():
        db.session.add(Setting(name="gs1", value={"company_prefix": prefix}, updated_at=clock.now()))


def test_a_defective_piece_leaves_in_a_carton_with_an_sscc(desk: Desk) -> None:
    set_prefix()
    line = inspected(desk, pieces=1, reason="defective")
    with transaction():
        parcel = open_parcel(desk.store, destination=VENDOR, by=desk.ola)
        for _ in range(2):
            add_to_parcel(parcel, line, by=desk.ola)
    assert check_sscc(parcel.sscc) == parcel.sscc
    assert [one.sscc for one in open_parcels(desk.store)] == [parcel.sscc]
    assert parcel_shape(parcel)["lines"][0]["pieces"] == 1
    with transaction():
        close_parcel(get_parcel(parcel.sscc), by=desk.ola)
    assert get_return(line.return_order.public_id).state == "closed"
    assert stock_of(desk.store, desk.item) == {"on_hand": 7}
    assert open_parcels(desk.store) == []


def test_every_carton_has_a_serial_of_its_own(app: OpenAPI, desk: Desk) -> None:
    set_prefix()
    made: list[str] = []

    def make() -> None:
        with app.app_context():
            with transaction():
                made.append(open_parcel(desk.store, destination=VENDOR, by=desk.ola).sscc)
            db.session.remove()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8


def test_without_a_company_prefix_no_carton_is_opened(desk: Desk) -> None:
    company_prefixes.configure("")
    with pytest.raises(Conflict, match="company prefix"), transaction():
        open_parcel(desk.store, destination=VENDOR, by=desk.ola)


@pytest.mark.parametrize("destination", [{}, {"kind": "moon", "name": "x"}, {"kind": "dc"}])
def test_a_carton_needs_a_destination(desk: Desk, destination: dict[str, str]) -> None:
    with pytest.raises(Invalid), transaction():
        open_parcel(desk.store, destination=destination, by=desk.ola)


def test_a_carton_takes_only_what_is_meant_for_it(desk: Desk) -> None:
    set_prefix()
    line = inspected(desk)
    with transaction():
        parcel = open_parcel(desk.store, destination=VENDOR, by=desk.ola)
    with pytest.raises(Conflict), transaction():
        add_to_parcel(get_parcel(parcel.sscc), line, by=desk.ola)
    with pytest.raises(WrongState), transaction():
        close_parcel(get_parcel(parcel.sscc), by=desk.ola)
