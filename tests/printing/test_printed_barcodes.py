"""Every barcode of every document, read back from the grey raster of a 203 dpi printer."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.printing.documents import SHEETS
from omni_pickup.printing.failures import PartMissing
from tests.printing import samples
from tests.printing.readers import drawn, scans

ORDERS = [f"Code128 {104800 + number}" for number in range(5)]
ARTICLES = [
    "QRCode 15901234123454",
    "EAN13 0036000291452",
    "EAN13 5901234123457",
    "EAN8 96385074",
    "QRCode SWTR-M-GRN",
]


def named_alike(found: list[str]) -> list[str]:
    # UPC-A and an EAN-13 that begins with 0 are the same bars.
    return sorted(code.replace("UPCA 0", "EAN13 0").replace("EAN13 036", "EAN13 0036") for code in found)


@pytest.mark.parametrize("paper", SHEETS)
@pytest.mark.parametrize(
    ("name", "variant"), [("Mug", "blue"), (samples.LONG_POLISH, samples.UNBREAKABLE), (samples.LONG_ARABIC, "L")]
)
def test_every_barcode_of_a_pick_list_scans(paper: str, name: str, variant: str) -> None:
    pdf = drawn("pick_list", samples.pick_list(name=name, variant=variant), paper=paper)
    assert named_alike(scans(pdf)) == sorted(ORDERS + ARTICLES)


def test_an_item_without_number_carries_its_sku_in_bars_where_they_fit() -> None:
    assert "Code128 MUG-1" in scans(drawn("pick_list", samples.pick_list(orders=1, gtin=None, sku="MUG-1")))
    long = "ŻÓŁĆ-" + "9" * 95
    assert f"QRCode {long}" in scans(drawn("pick_list", samples.pick_list(orders=1, gtin=None, sku=long)))


@pytest.mark.parametrize("paper", SHEETS)
@pytest.mark.parametrize("person", [samples.LONG_POLISH, samples.LONG_ARABIC])
@pytest.mark.parametrize("make", [samples.packing_slip, samples.handoff_receipt])
def test_the_order_number_on_slip_and_receipt_scans(make: Any, paper: str, person: str) -> None:
    kind = make.__name__
    assert scans(drawn(kind, make(person=person, name=person), paper=paper)) == ["Code128 104821"]


@pytest.mark.parametrize("zone", ["ambient", "chilled", "frozen"])
@pytest.mark.parametrize("letters", ["ÅKĘ", "WWW", "الق", "ŻÓŁ", ""])
def test_the_square_of_a_bag_label_is_the_bag(zone: str, letters: str) -> None:
    label = samples.bag_label(zone=zone, code=samples.BagCode("4826", letters))
    assert scans(drawn("bag_label", label, copy_number=2)) == ["QRCode bag_abcdefghijklmnopqrstuvwx"]


@pytest.mark.parametrize("name", [samples.LONG_POLISH, samples.LONG_ARABIC, samples.UNBREAKABLE])
def test_long_names_never_cut_the_code_of_a_label(name: str) -> None:
    store = samples.StoreFacts(name, (name, name), None)
    bag = drawn("bag_label", samples.bag_label(store=store, place=name[:20]), copy_number=2)
    assert scans(bag) == ["QRCode bag_abcdefghijklmnopqrstuvwx"]
    parcel = drawn("return_parcel_label", samples.parcel_label(store=store, destination=(name, name, name)))
    assert scans(parcel) == ["Code128 (00)359012345000004271"]
    piece = samples.return_item_labels(name=name, variant=name, sku=name, bin=name[:12])
    assert scans(drawn("return_item_label", piece)) == ["Code128 R520418-4"] * 2


def test_each_returned_piece_has_a_label_of_its_own() -> None:
    assert scans(drawn("return_item_label", samples.return_item_labels(pieces=3))) == ["Code128 R520418-4"] * 3


def test_a_number_that_no_barcode_can_carry_is_an_error_that_names_it() -> None:
    with pytest.raises(PartMissing) as wrong:
        drawn("return_parcel_label", samples.parcel_label(sscc="359012345000004272"))
    assert "359012345000004272" in wrong.value.message
