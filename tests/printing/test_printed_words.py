"""What a person reads on each document, and what must never stand there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest

from omni_pickup.errors import Invalid
from omni_pickup.printing.documents import DOCUMENTS, SHEETS, draw_html
from omni_pickup.printing.failures import PartMissing
from omni_pickup.services import print_jobs
from tests.printing import samples
from tests.printing.readers import drawn, font_names, margins_are_white, texts

SAMPLES: dict[str, Any] = {
    "pick_list": samples.pick_list(),
    "packing_slip": samples.packing_slip(),
    "handoff_receipt": samples.handoff_receipt(),
    "bag_label": samples.bag_label(),
    "return_item_label": samples.return_item_labels(),
    "return_parcel_label": samples.parcel_label(),
}


def text_of(kind: str, facts: Any, **how: Any) -> str:
    return " ".join(texts(drawn(kind, facts, **how)))


def assert_has(text: str, *parts: str) -> None:
    missing = [part for part in parts if part not in text]
    assert not missing, f"{missing} in {text}"


def test_what_may_be_asked_for_can_be_drawn() -> None:
    assert set(print_jobs.DOCUMENTS) == set(DOCUMENTS) == set(SAMPLES)


def test_an_unknown_document_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match="pick_list"):
        draw_html("banknote", None, paper="a4")


@pytest.mark.parametrize("paper", SHEETS)
def test_a_pick_list_says_what_a_picker_needs(paper: str) -> None:
    text = text_of("pick_list", samples.pick_list(), paper=paper)
    assert_has(text, "Pick list, wave 7", "Warszawa Centrum, picker Ania, 5 orders, 15 pieces")
    assert_has(text, "Printed Sat 21 Nov 2026, 15:18", "4800 WIŚ", "by 15:00, late, bulky", "104800")
    assert_has(text, "A-00-2", "also B2", "Merino crew-neck jumper", "M, forest green", "EAN 590123412 3457")
    assert_has(text, "SKU SWTR-M-GRN", "N not there")
    assert "COPY" not in text


def test_a_long_pick_list_numbers_its_pages_and_repeats_the_head_of_the_table() -> None:
    pages = texts(drawn("pick_list", samples.pick_list(orders=25)))
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        assert_has(page, f"Wave 7, page {number} of {len(pages)}", "N not there")
    for page in pages[1:]:
        assert_has(page, "Place Item Tote, tick Qty Scan")


def test_boxes_to_tick_never_reach_into_the_next_column() -> None:
    """Where there are more pieces than boxes have room for, the number is written instead."""
    page = draw_html("pick_list", samples.pick_list(), paper="a4", copy_number=1)
    rows = re.findall(r'<p class="boxes">(.*?)</p>', page, re.S)
    assert [row.count('class="box"') for row in rows] == [1, 2, 3, 4, 0]
    assert "of 5" in rows[-1]


def test_every_page_of_a_reprinted_list_says_copy() -> None:
    pages = texts(drawn("pick_list", samples.pick_list(orders=12), copy_number=2))
    assert len(pages) > 1
    assert all("COPY, Wave 7" in page for page in pages)


def test_the_roll_is_one_page_as_long_as_its_content() -> None:
    short, long = (
        pypdfium2.PdfDocument(drawn("pick_list", samples.pick_list(orders=orders), paper="roll")) for orders in (1, 20)
    )
    assert (len(short), len(long)) == (1, 1)
    assert short[0].get_width() == long[0].get_width() == pytest.approx(80 / 25.4 * 72, abs=0.3)
    assert short[0].get_height() * 4 < long[0].get_height()
    assert "End of list: 20 places, 210 pieces" in text_of("pick_list", samples.pick_list(orders=20), paper="roll")


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_reprint_says_copy_and_the_first_print_does_not(kind: str) -> None:
    assert "COPY" in text_of(kind, SAMPLES[kind], copy_number=2)
    assert "COPY" not in text_of(kind, SAMPLES[kind])


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("Packing slip", "For Ada Nowak", "Bags 3", "To pay at the counter 846.00 PLN", "2 of 3", "Total 5")),
        (
            "pl",
            ("List zawartości", "Dla Ada Nowak", "Torby 3", "846,00 zł", "2 z 3", "Razem 5 625,90 zł"),
        ),
        ("sv-SE", ("Följesedel", "Till Ada Nowak", "Kassar 3", "846,00", "2 av 3", "Summa 5", "lör 21 nov. 2026")),
        ("de", ("Packzettel", "Für Ada Nowak", "Tüten 3", "846,00", "2 von 3", "Summe 5", "Sa. 21 Nov. 2026")),
    ],
)
def test_a_packing_slip_speaks_the_customers_language(language: str, parts: tuple[str, ...]) -> None:
    assert_has(text_of("packing_slip", samples.packing_slip(language)), "Warszawa Centrum", "104821", *parts)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("Handoff receipt", "A part was handed over", "Collected by Ada Nowak", "pickup code, photo ID seen")),
        ("pl", ("Potwierdzenie odbioru", "Wydano część", "kod odbioru, okazano dowód", "1 sztuka nieodebrana")),
        ("sv", ("Utlämningskvitto", "upphämtningskod, legitimation visad", "retur till och med mån 21 dec.")),
        (
            "de",
            ("Abholbeleg", "Abholcode, Ausweis gezeigt", "Rückgabe bis Mo. 21 Dez. 2026", "kann nicht"),
        ),
        ("fi", ("Handoff receipt", "return until Mon 21 Dec 2026", "cannot be returned", "1 piece not taken")),
    ],
)
def test_a_receipt_says_how_the_person_was_verified_and_what_may_come_back(
    language: str, parts: tuple[str, ...]
) -> None:
    text = text_of("handoff_receipt", samples.handoff_receipt(language))
    assert_has(text, "Warszawa Centrum", "104821", "POS-1-0042", "16:01", *parts)


@pytest.mark.parametrize("make", [samples.packing_slip, samples.handoff_receipt])
def test_a_gift_shows_no_prices(make: Any) -> None:
    text = text_of(make.__name__, make("pl", gift=True, person=None))
    assert not any(price in text for price in ("398", "625", "846", "zł", "PLN", "Zapłacono 3"))
    assert "Ada" not in text


def test_a_gift_carries_its_message_line_by_line() -> None:
    text = text_of("packing_slip", samples.packing_slip("pl", gift=True, person=None))
    assert_has(text, "Prezent Wszystkiego najlepszego! Dla Ciebie")


def test_a_bag_label_says_whose_it_is_and_where_it_waits() -> None:
    text = text_of("bag_label", samples.bag_label())
    assert_has(text, "4826", "ÅKĘ", "2 of 3", "R-12", "ROOM hanging", "Warszawa Centrum", "21 Nov, 15:30", "104826")


@pytest.mark.parametrize(("zone", "words"), [("chilled", "CHILLED 2 to 8 °C"), ("frozen", "FROZEN −18 °C")])
def test_a_cold_bag_says_so_on_a_black_band(zone: str, words: str) -> None:
    assert words in text_of("bag_label", samples.bag_label(zone=zone))


def test_return_labels_say_what_becomes_of_the_piece() -> None:
    text = text_of("return_item_label", samples.return_item_labels())
    assert_has(text, "TO VENDOR", "R520418", "V-2", "Faulty", "as new", "THRM-05-RED, piece 1 of 2", "piece 2 of 2")
    assert_has(text, "R520418-4")


def test_a_parcel_label_shows_its_number_as_gs1_wants_it_read() -> None:
    text = text_of("return_parcel_label", samples.parcel_label())
    assert_has(text, "From Warszawa Centrum", "To Returns DC Borås", "14", "21 Nov", "(00) 359012345000004271")


@pytest.mark.parametrize("paper", SHEETS)
@pytest.mark.parametrize("kind", ["pick_list", "packing_slip", "handoff_receipt"])
def test_long_names_stay_within_the_margins(kind: str, paper: str) -> None:
    long = {"name": samples.LONG_POLISH, "variant": samples.LONG_ARABIC, "sku": samples.UNBREAKABLE}
    facts = {
        "pick_list": lambda: samples.pick_list(orders=3, **long),
        "packing_slip": lambda: samples.packing_slip(person=samples.UNBREAKABLE, **long),
        "handoff_receipt": lambda: samples.handoff_receipt(person=samples.LONG_ARABIC, **long),
    }[kind]()
    assert margins_are_white(drawn(kind, facts, paper=paper, copy_number=2), millimetres=3.5)


def test_long_names_stay_within_the_margins_of_a_parcel_label() -> None:
    for name in (samples.LONG_POLISH, samples.LONG_ARABIC, samples.UNBREAKABLE):
        label = samples.parcel_label(store=samples.StoreFacts(name, (name,), None), destination=(name, name))
        assert margins_are_white(drawn("return_parcel_label", label), millimetres=2)


def test_names_of_every_language_are_drawn_in_the_bundled_fonts() -> None:
    pdf = drawn("packing_slip", samples.packing_slip(person="Ąćęłńóśźż Åäöß", name=samples.LONG_ARABIC))
    names = font_names(pdf)
    assert any("Inter" in name for name in names)
    assert any("Noto" in name for name in names)
    assert all("Inter" in name or "Noto" in name for name in names)


def test_marks_that_turn_the_writing_are_dropped() -> None:
    html = draw_html("packing_slip", samples.packing_slip(person="Ada\u202ekawoN\x00"), paper="a4")
    assert "AdakawoN" in html


def test_stored_text_stays_text() -> None:
    html = draw_html(
        "pick_list", samples.pick_list(name="<script>x</script><img src='file:///etc/passwd'>"), paper="a4"
    )
    assert "<script" not in html
    assert "<img src='file" not in html


def test_a_missing_picture_is_an_error_that_names_it() -> None:
    with pytest.raises(PartMissing, match="demo/unicorn.svg"):
        drawn("pick_list", samples.pick_list(picture="bundled:demo/unicorn.svg"))


def test_an_item_without_a_picture_says_so_instead_of_leaving_a_hole() -> None:
    assert "no picture" in text_of("pick_list", samples.pick_list(picture=None))


def test_a_line_that_may_always_come_back_says_so() -> None:
    line = samples.OrderPaperLine(samples.item(), 1, 1, 0, 100, returnable=True, last_return_day=None)
    receipt = replace(samples.handoff_receipt("sv"), lines=(line,))
    assert "kan returneras när som helst" in text_of("handoff_receipt", receipt)
