"""Goods between two stores: where each piece is at every step, and what the waiting order hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from omni_pickup.errors import Forbidden, InsufficientStock, Invalid, OperationError, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.picking import FloorTask, PickTask
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.orders.orders import get_order, has_open_question
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.queries.stock.transfers import get_transfer, transfer_shape
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer, turn_back_transfer, write_off_transfer
from omni_pickup.services.transfers.transfers import (
    Wish,
    cancel_transfer,
    drop_order_transfers,
    request_transfer,
    ship_transfer,
)
from tests.builders import make_client, make_item, make_order, make_stock, stock_of
from tests.people import make_staff, make_store


@dataclass
class Scene:
    source: Store
    destination: Store
    item: Item
    by: Actor


@pytest.fixture
def scene(app: OpenAPI) -> Scene:
    """Ten pieces in Praga, none in the centre."""
    source, destination, item = make_store("WAW-02", name="Praga"), make_store(), make_item("SHIRT")
    make_stock(source, item, 10)
    return Scene(source, destination, item, Actor("staff", staff_id=make_staff("ola", source, destination).id))


def _request(scene: Scene, pieces: int = 4) -> Transfer:
    with transaction():
        return request_transfer(
            scene.source, scene.destination, [Wish(scene.item.id, pieces)], reason="low", by=scene.by
        )


def _do(transfer: Transfer, service: Callable[..., Transfer], pieces: int, scene: Scene, **more: str) -> Transfer:
    with transaction():
        fresh = get_transfer(transfer.public_id)
        return service(fresh, {fresh.lines[0].id: pieces}, by=scene.by, **more)


def _types(prefix: str = "transfer.") -> list[str]:
    return list(db.session.scalars(select(Event.type).where(Event.type.startswith(prefix)).order_by(Event.id)))


def test_a_request_reserves_at_the_source_and_asks_its_staff_to_send(scene: Scene) -> None:
    transfer = _request(scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 10, "reserved": 4}
    assert stock_of(scene.destination, scene.item) == {}
    task = db.session.scalars(select(FloorTask)).one()
    assert (task.kind, task.store_id, task.quantity) == ("transfer_ship", scene.source.id, 4)
    assert transfer_shape(transfer)["state"] == "requested"
    assert _types() == ["transfer.requested"]


def test_each_step_tells_followers_of_levels_what_the_store_has_now(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    _do(transfer, receive_transfer, 3, scene)
    told = db.session.scalars(select(Event.data).where(Event.type == "stock.changed").order_by(Event.id)).all()
    assert [(data["store"], data["levels"][0]["available"]) for data in told] == [
        ("WAW-02", 6),
        ("WAW-02", 6),
        ("WAW-01", 3),
    ]


def test_a_request_for_more_than_is_promised_free_changes_nothing(scene: Scene) -> None:
    with pytest.raises(InsufficientStock) as caught:
        _request(scene, 11)
    assert caught.value.details["lines"] == [{"sku": "SHIRT", "requested": 11}]
    assert stock_of(scene.source, scene.item) == {"on_hand": 10}
    assert _types() == []


def test_the_same_item_twice_in_a_request_is_reserved_as_a_sum(scene: Scene) -> None:
    wishes = [Wish(scene.item.id, 6), Wish(scene.item.id, 5)]
    with pytest.raises(InsufficientStock), transaction():
        request_transfer(scene.source, scene.destination, wishes, reason="low", by=scene.by)


@pytest.mark.parametrize("pieces", [0, -1])
def test_a_request_needs_pieces(scene: Scene, pieces: int) -> None:
    with pytest.raises(Invalid):
        _request(scene, pieces)


def test_a_store_does_not_send_to_itself(scene: Scene) -> None:
    with pytest.raises(Invalid), transaction():
        request_transfer(scene.source, scene.source, [Wish(scene.item.id, 1)], reason="low", by=scene.by)


def test_shipped_pieces_leave_the_source_and_are_in_transit_there(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 6, "in_transit": 4}
    assert transfer.state == "shipped"
    states = {task.kind: task.state for task in db.session.scalars(select(FloorTask))}
    assert states == {"transfer_ship": "done", "transfer_receive": "open"}


def test_what_was_requested_and_is_not_shipped_is_let_go_of(scene: Scene) -> None:
    _do(_request(scene), ship_transfer, 3, scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 7, "in_transit": 3}


def test_shipping_twice_is_one_shipment(scene: Scene) -> None:
    transfer = _request(scene)
    _do(transfer, ship_transfer, 4, scene)
    _do(transfer, ship_transfer, 4, scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 6, "in_transit": 4}


@pytest.mark.parametrize("pieces", [0, 5, -1])
def test_one_ships_between_one_piece_and_what_was_requested(scene: Scene, pieces: int) -> None:
    with pytest.raises(Invalid):
        _do(_request(scene), ship_transfer, pieces, scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 10, "reserved": 4}


def test_received_pieces_are_on_hand_at_the_destination_and_the_rest_stays_in_transit(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    transfer = _do(transfer, receive_transfer, 3, scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 6, "in_transit": 1}
    assert stock_of(scene.destination, scene.item) == {"on_hand": 3}
    assert (transfer.state, transfer.closed_at) == ("received", None)
    transfer = _do(transfer, receive_transfer, 1, scene)
    assert stock_of(scene.source, scene.item) == {"on_hand": 6}
    assert stock_of(scene.destination, scene.item) == {"on_hand": 4}
    assert transfer.closed_at is not None


def test_more_than_is_in_transit_cannot_be_received(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    with pytest.raises(Invalid):
        _do(transfer, receive_transfer, 5, scene)
    assert stock_of(scene.destination, scene.item) == {}


def test_nothing_is_received_before_it_was_shipped(scene: Scene) -> None:
    with pytest.raises(WrongState):
        _do(_request(scene), receive_transfer, 1, scene)


def test_a_person_writes_off_what_never_arrived(scene: Scene) -> None:
    transfer = _do(_do(_request(scene), ship_transfer, 4, scene), receive_transfer, 3, scene)
    transfer = _do(transfer, write_off_transfer, 1, scene, reason="lost by the carrier")
    assert stock_of(scene.source, scene.item) == {"on_hand": 6}
    assert transfer.state == "written_off"
    assert _types()[-1] == "transfer.written_off"


def test_the_system_cannot_write_goods_off(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    with pytest.raises(Forbidden), transaction():
        write_off_transfer(transfer, {transfer.lines[0].id: 4}, reason="lost", by=SYSTEM)


def test_a_write_off_of_a_part_leaves_the_rest_in_transit(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    transfer = _do(transfer, write_off_transfer, 1, scene, reason="broken")
    assert (transfer.state, stock_of(scene.source, scene.item)["in_transit"]) == ("shipped", 3)
    assert _do(transfer, receive_transfer, 3, scene).state == "received"


def test_a_request_can_be_cancelled_until_it_is_shipped(scene: Scene) -> None:
    transfer = _request(scene)
    for _ in range(2):
        with transaction():
            cancel_transfer(get_transfer(transfer.public_id), reason="not needed", by=scene.by)
    assert stock_of(scene.source, scene.item) == {"on_hand": 10}
    assert db.session.scalars(select(FloorTask)).one().state == "cancelled"
    assert _types() == ["transfer.requested", "transfer.cancelled"]
    shipped = _do(_request(scene), ship_transfer, 4, scene)
    with pytest.raises(WrongState), transaction():
        cancel_transfer(get_transfer(shipped.public_id), reason="too late", by=scene.by)


# --- not as it was sent ---------------------------------------------------------------------------------------


def _arrive(transfer: Transfer, scene: Scene, pieces: int, *, damaged: int = 0, surplus: int = 0) -> Transfer:
    with transaction():
        fresh = get_transfer(transfer.public_id)
        line = fresh.lines[0].id
        return receive_transfer(fresh, {line: pieces}, damaged={line: damaged}, surplus={line: surplus}, by=scene.by)


def _open_counts(store: Store) -> list[str]:
    tasks = select(FloorTask.reason).where(
        FloorTask.store_id == store.id, FloorTask.kind == "count", FloorTask.state == "open"
    )
    return list(db.session.scalars(tasks))


def test_what_arrives_damaged_is_kept_apart(scene: Scene) -> None:
    transfer = _arrive(_do(_request(scene), ship_transfer, 4, scene), scene, 4, damaged=1)
    assert stock_of(scene.source, scene.item) == {"on_hand": 6}
    assert stock_of(scene.destination, scene.item) == {"on_hand": 3, "quarantine": 1}
    shape = transfer_shape(transfer)["lines"][0]
    assert (shape["received"], shape["damaged"], shape["in_transit"]) == (4, 1, 0)
    assert transfer.closed_at is not None
    assert list_differences() == []


def test_more_than_the_sender_said_is_on_hand_here_and_counted_there(scene: Scene) -> None:
    transfer = _arrive(_do(_request(scene), ship_transfer, 4, scene), scene, 4, surplus=2)
    assert stock_of(scene.destination, scene.item) == {"on_hand": 6}
    assert stock_of(scene.source, scene.item) == {"on_hand": 6}
    assert transfer_shape(transfer)["lines"][0]["surplus"] == 2
    assert (_open_counts(scene.source), _open_counts(scene.destination)) == (["transfer_surplus"], [])
    assert list_differences() == []


@pytest.mark.parametrize(
    ("pieces", "damaged", "surplus"), [(4, 5, 0), (4, -1, 0), (4, 0, -1), (4, 0, 1_000_001), (0, 0, 1)]
)
def test_an_impossible_arrival_changes_nothing(scene: Scene, pieces: int, damaged: int, surplus: int) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    with pytest.raises(Invalid):
        _arrive(transfer, scene, pieces, damaged=damaged, surplus=surplus)
    assert stock_of(scene.destination, scene.item) == {}
    assert stock_of(scene.source, scene.item) == {"on_hand": 6, "in_transit": 4}


def test_damage_or_surplus_of_a_line_that_is_not_there_is_refused(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    for more in ({"damaged": {999: 1}}, {"surplus": {999: 1}}):
        with pytest.raises(Invalid), transaction():
            receive_transfer(transfer, {transfer.lines[0].id: 4}, **more, by=scene.by)


def test_nothing_is_received_twice(scene: Scene) -> None:
    transfer = _arrive(_do(_request(scene), ship_transfer, 4, scene), scene, 4)
    for surplus in (0, 4):
        with pytest.raises(WrongState):
            _arrive(transfer, scene, 4, surplus=surplus)
    assert stock_of(scene.destination, scene.item) == {"on_hand": 4}


def test_what_was_sent_by_mistake_is_turned_back(scene: Scene) -> None:
    transfer = _do(_request(scene), ship_transfer, 4, scene)
    transfer = _do(transfer, turn_back_transfer, 4, scene, reason="wrong van")
    assert stock_of(scene.source, scene.item) == {"on_hand": 10}
    assert (transfer.state, transfer.closed_at is None) == ("turned_back", False)
    assert {task.kind: task.state for task in db.session.scalars(select(FloorTask))} == {
        "transfer_ship": "done",
        "transfer_receive": "cancelled",
    }
    assert _types()[-1] == "transfer.turned_back"
    with pytest.raises(WrongState):
        _arrive(transfer, scene, 4)
    assert list_differences() == []


def test_what_the_other_store_did_not_accept_comes_back_and_the_rest_stays_there(scene: Scene) -> None:
    transfer = _arrive(_do(_request(scene), ship_transfer, 4, scene), scene, 3)
    transfer = _do(transfer, turn_back_transfer, 1, scene, reason="wrong size")
    assert (transfer.state, transfer.closed_at is None) == ("received", False)
    assert stock_of(scene.source, scene.item) == {"on_hand": 7}
    assert stock_of(scene.destination, scene.item) == {"on_hand": 3}
    task = db.session.scalars(select(FloorTask).where(FloorTask.kind == "transfer_receive")).one()
    assert task.state == "done"


@pytest.mark.parametrize("service", [turn_back_transfer, write_off_transfer])
def test_only_what_is_on_its_way_can_come_back_or_be_lost(scene: Scene, service: Callable[..., Transfer]) -> None:
    request = _request(scene)
    with pytest.raises(WrongState):
        _do(request, service, 1, scene, reason="no")
    with pytest.raises(Invalid):
        _do(_do(request, ship_transfer, 4, scene), service, 5, scene, reason="no")


@pytest.mark.parametrize(
    "figures",
    [{"turned_back": 5}, {"turned_back": -1}, {"received": 3, "turned_back": 2}, {"received": 1, "damaged": 2}],
)
def test_the_database_itself_refuses_more_than_was_sent(scene: Scene, figures: dict[str, int]) -> None:
    line = _do(_request(scene), ship_transfer, 4, scene).lines[0]
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(TransferLine).where(TransferLine.id == line.id).values(figures))


# --- for an order ---------------------------------------------------------------------------------------------


def _waiting_order(scene: Scene, pieces: int = 2) -> tuple[Order, Transfer]:
    """An order whose pieces all came up short and whose customer waits for the other store."""
    make_stock(scene.destination, scene.item, pieces)
    order = make_order(scene.destination, make_client(), [(scene.item, pieces)], picking_started_at=None)
    with transaction():
        order = get_order(order.public_id)
        line = order.lines[0]
        line.open, line.short = 0, pieces
        move_stock(
            scene.destination.id, scene.item.id, cause=Cause("mismatch", SYSTEM), on_hand=-pieces, reserved=-pieces
        )
        wish = Wish(scene.item.id, pieces, line.id)
        transfer = request_transfer(
            scene.source, scene.destination, [wish], order=order, reason="short_pick", by=scene.by
        )
        settle_order(order, by=scene.by)
    return order, transfer


def test_an_order_that_waits_for_goods_stays_open(scene: Scene) -> None:
    order, _ = _waiting_order(scene)
    assert (order.state, has_open_question(order.id)) == ("picking", True)


def test_arrived_goods_are_reserved_for_the_order_and_its_line_opens_again(scene: Scene) -> None:
    order, transfer = _waiting_order(scene)
    _do(transfer, ship_transfer, 2, scene)
    _do(transfer, receive_transfer, 2, scene)
    order = get_order(order.public_id)
    assert (order.lines[0].open, order.lines[0].short) == (2, 0)
    assert stock_of(scene.destination, scene.item) == {"on_hand": 2, "reserved": 2}
    task = db.session.scalars(select(PickTask).where(PickTask.order_id == order.id)).one()
    assert (task.quantity, task.state) == (2, "queued")
    assert not has_open_question(order.id)


def test_goods_for_an_order_that_ended_meanwhile_are_free_stock(scene: Scene) -> None:
    order, transfer = _waiting_order(scene)
    _do(transfer, ship_transfer, 2, scene)
    with transaction():
        order = get_order(order.public_id)
        order.lines[0].short, order.lines[0].cancelled, order.state = 0, 2, "cancelled"
    _do(transfer, receive_transfer, 2, scene)
    assert stock_of(scene.destination, scene.item) == {"on_hand": 2}
    assert get_order(order.public_id).lines[0].open == 0


def test_damaged_goods_are_not_given_to_the_order_and_its_customer_is_asked_again(scene: Scene) -> None:
    order, transfer = _waiting_order(scene)
    _arrive(_do(transfer, ship_transfer, 2, scene), scene, 2, damaged=1)
    assert (get_order(order.public_id).lines[0].open, get_order(order.public_id).lines[0].short) == (1, 1)
    assert stock_of(scene.destination, scene.item) == {"on_hand": 1, "reserved": 1, "quarantine": 1}
    question = db.session.scalars(select(Question).where(Question.order_id == order.id)).one()
    assert (question.state, question.pieces, question.reason) == ("open", 1, "transfer_failed")
    assert list_differences() == []


@pytest.mark.parametrize("how", ["short shipment", "write-off", "cancelled", "turned back"])
def test_when_goods_do_not_come_the_customer_is_asked_again(scene: Scene, how: str) -> None:
    order, transfer = _waiting_order(scene)
    if how == "cancelled":
        with transaction():
            cancel_transfer(get_transfer(transfer.public_id), reason="damaged", by=scene.by)
    else:
        _do(transfer, ship_transfer, 1 if how == "short shipment" else 2, scene)
    if how == "turned back":
        _do(transfer, turn_back_transfer, 2, scene, reason="never loaded")
    if how == "write-off":
        _do(transfer, write_off_transfer, 2, scene, reason="lost")
    question = db.session.scalars(select(Question).where(Question.order_id == order.id)).one()
    assert (question.state, question.pieces) == ("open", 1 if how == "short shipment" else 2)
    assert get_order(order.public_id).state == "picking"


def test_an_order_that_gives_up_takes_its_requests_back_without_a_question(scene: Scene) -> None:
    order, transfer = _waiting_order(scene)
    with transaction():
        order = get_order(order.public_id)
        dropped = drop_order_transfers(order, reason="order cancelled", by=scene.by)
        assert dropped == [(order.lines[0], 2)]
    assert stock_of(scene.source, scene.item) == {"on_hand": 10}
    assert get_transfer(transfer.public_id).state == "cancelled"
    assert db.session.scalars(select(Question)).all() == []


def test_a_cancelled_order_waits_for_nothing_and_owes_the_money_back(scene: Scene) -> None:
    order, transfer = _waiting_order(scene)
    _do(transfer, ship_transfer, 2, scene)
    with transaction():
        cancel_order(get_order(order.public_id), reason="no patience", by=scene.by)
    order = get_order(order.public_id)
    assert (order.state, order.refund_due_minor) == ("cancelled", 2000)
    _do(transfer, receive_transfer, 2, scene)
    assert stock_of(scene.destination, scene.item) == {"on_hand": 2}


def test_an_unknown_transfer_is_not_found(scene: Scene) -> None:
    with pytest.raises(OperationError) as caught:
        get_transfer("trf_none")
    assert caught.value.status == 404
