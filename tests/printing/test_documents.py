"""From a public id to a file that a browser can open."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.printing.documents import DOCUMENTS, print_document
from tests.floor import bags_in, make_ready, make_shop
from tests.printing.readers import texts


def test_a_document_is_printed_from_the_database(app: OpenAPI) -> None:
    shop = make_shop()
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)], contact={"name": "Ada Nowak", "language": "pl"})
    printed = print_document("packing_slip", order.public_id, paper="roll", copy_number=2)
    (text,) = texts(printed.pdf)
    assert all(words in text for words in ("KOPIA", "List zawartości", order.number, "Ada Nowak", "20,00 zł"))
    assert printed.filename == f"packing-slip-{order.public_id.replace('_', '-')}-copy-2.pdf"


def test_a_label_needs_no_paper_to_be_named(app: OpenAPI) -> None:
    shop = make_shop()
    (bag,) = bags_in(make_ready(shop.store, shop.client, [(shop.shirt, 1)]))
    (text,) = texts(print_document("bag_label", bag.public_id).pdf)
    assert all(words in text for words in ("NOW", "1 of 1", "S-01", "ROOM"))


def test_unknown_documents_papers_and_subjects_are_refused(app: OpenAPI) -> None:
    with pytest.raises(Invalid):
        print_document("banknote", "x")
    with pytest.raises(Invalid, match="label"):
        print_document("bag_label", "x", paper="a4")
    for kind in DOCUMENTS:
        with pytest.raises(NotFound):
            print_document(kind, "none")
