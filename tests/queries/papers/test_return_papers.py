"""The facts of return labels, read from returns that went through the real desk."""

from __future__ import annotations

from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.errors import Conflict, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Setting, Store
from omni_pickup.queries.papers.return_papers import read_parcel_label, read_return_item_labels
from omni_pickup.queries.returns.parcels import get_parcel
from omni_pickup.queries.returns.returns import get_return
from omni_pickup.services.returns.parcels import add_to_parcel, close_parcel, open_parcel
from omni_pickup.services.returns.return_desks import finish_inspection, receive_piece
from omni_pickup.services.returns.returns import announce_return
from tests.builders import collect_order, make_client, make_item, make_order, make_stock
from tests.people import make_store


@pytest.fixture
def store(app: OpenAPI) -> Store:
    return make_store()


def make_return(store: Store, **how: Any) -> tuple[Return, ReturnLine]:
    """Two of three collected shirts came back, both faulty unless told otherwise."""
    client, item = make_client(), make_item("SHIRT", attributes={"size": "M"})
    make_stock(store, item, 5)
    collect_order(make_order(store, client, [(item, 3)], external_id="1001"))
    values = {"order": {"external_id": "1001"}, "lines": [{"sku": "SHIRT", "quantity": 2}]}
    with transaction():
        ret = announce_return(values, client_id=client.id, source="channel", by=SYSTEM)[0]
    with transaction():
        fresh = get_return(ret.public_id)
        usual = {"reason": "defective", "condition": "opened", "store": store, "by": SYSTEM}
        line, _ = receive_piece(fresh, fresh.lines[0], pieces=2, **{**usual, **how})
    return ret, line


def test_each_accepted_piece_has_a_label_that_names_its_way(store: Store) -> None:
    ret, line = make_return(store)
    labels = read_return_item_labels(f"{ret.public_id}:{line.position}")
    assert (labels.rma, labels.code) == (ret.rma_number, f"{ret.rma_number}-{line.position}")
    assert (labels.disposition, labels.reason, labels.condition) == ("return_to_vendor", "defective", "opened")
    assert (labels.name, labels.variant, labels.sku, labels.pieces) == ("T-shirt", "M", "SHIRT", 2)


@pytest.mark.parametrize("subject", ["none", "none:1", "ret_x:", "ret_x:²"])
def test_a_line_that_does_not_exist_has_no_label(store: Store, subject: str) -> None:
    with pytest.raises(NotFound):
        read_return_item_labels(subject)


@pytest.mark.parametrize("address", [{"street": "Kaj 3", "postal_code": "211", "city": "Malmö"}, "Kaj 3\n211 Malmö"])
def test_a_parcel_says_from_where_to_where_and_how_much(store: Store, address: Any) -> None:
    ret, line = make_return(store)
    with transaction():
        finish_inspection(get_return(ret.public_id), by=SYSTEM)
    with transaction():
        db.session.add(Setting(name="gs1", value={"company_prefix": "5901234"}, updated_at=clock.now()))
    with transaction():
        destination = {"kind": "vendor", "name": "Mode AB", "address": address}
        parcel = open_parcel(store, destination=destination, by=SYSTEM)
    with pytest.raises(Conflict):
        read_parcel_label(parcel.sscc)
    with transaction():
        fresh = get_return(ret.public_id).lines[line.position - 1]
        add_to_parcel(get_parcel(parcel.sscc), fresh, by=SYSTEM)
        close_parcel(get_parcel(parcel.sscc), by=SYSTEM)
    label = read_parcel_label(parcel.sscc)
    assert (label.sscc, label.pieces, label.lines, label.store.name) == (parcel.sscc, 2, 1, "Warszawa Centrum")
    assert label.destination == ("Mode AB", "Kaj 3", "211 Malmö")


def test_a_parcel_that_does_not_exist_has_no_label(store: Store) -> None:
    with pytest.raises(NotFound):
        read_parcel_label("359012345000004271")
