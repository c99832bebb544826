"""Facts as the queries would read them, for papers that need no database."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from omni_pickup.queries.papers.papers import (
    BagCode,
    BagLabel,
    HandoffReceipt,
    ItemFacts,
    OrderPaperLine,
    PackingSlip,
    ParcelLabel,
    PickList,
    PickStop,
    ReturnItemLabels,
    StoreFacts,
    ToteFacts,
)
from omni_pickup.rules.waves import tote_letter

STORE = StoreFacts("Warszawa Centrum", ("ul. Złota 59", "00-120 Warszawa"), "+48 22 555 01 02")
LONG_POLISH = "Wawrzyniec Grzegorz Brzęczyszczykiewicz-Chrząszczyżewoszycki"
LONG_ARABIC = "عبد الرحمن بن محمد بن عبد العزيز آل القحطاني الدوسري السبيعي"
#: 60 signs without a blank where a line could break.
UNBREAKABLE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter"
#: The sorts of numbers that items carry: EAN-13, EAN-8, UPC-A, GTIN-14, and none at all.
GTINS = ("5901234123457", "96385074", "036000291452", "15901234123454", None)


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=ZoneInfo("Europe/Warsaw"))


def item(**values: Any) -> ItemFacts:
    usual: dict[str, Any] = {
        "name": "Merino crew-neck jumper",
        "variant": "M, forest green",
        "sku": "SWTR-M-GRN",
        "gtin": GTINS[0],
        "picture": "bundled:demo/mug-blue.svg",
        "notes": (),
        "min_age": None,
    }
    return ItemFacts(**(usual | values))


def pick_list(*, orders: int = 5, **of_item: Any) -> PickList:
    """One stop for each order, with every sort of barcode in turn."""
    totes = tuple(
        ToteFacts(tote_letter(n), BagCode(str(4800 + n), "WIŚ"), str(104800 + n), at(15, n % 60), ("late", "bulky"))
        for n in range(orders)
    )
    stops = tuple(
        PickStop(
            f"A-{n:02}-2", ("B2",), item(**({"gtin": GTINS[n % len(GTINS)]} | of_item)), ((totes[n].letter, n + 1),)
        )
        for n in range(orders)
    )
    return PickList(STORE, "7", "Ania", at(15, 18), totes, stops)


def _lines(gift: bool, **of_item: Any) -> tuple[OrderPaperLine, ...]:
    def line(ordered: int, pieces: int, refused: int, paid: int, **more: Any) -> OrderPaperLine:
        usual: dict[str, Any] = {"returnable": True, "last_return_day": date(2026, 12, 21)}
        return OrderPaperLine(item(**of_item), ordered, pieces, refused, None if gift else paid, **(usual | more))

    return (line(2, 2, 0, 39800), line(3, 2, 1, 17800), line(1, 1, 0, 4990, returnable=False, last_return_day=None))


def _order(language: str, person: str | None, gift: bool) -> dict[str, Any]:
    return {
        "store": STORE,
        "number": "104821",
        "external_id": "1001",
        "person": person,
        "language": language,
        "gift": gift,
        "gift_message": "Wszystkiego najlepszego!\nDla Ciebie" if gift else None,
        "currency": None if gift else "PLN",
        "printed_at": at(15, 40),
    }


def packing_slip(
    language: str = "en", *, person: str | None = "Ada Nowak", gift: bool = False, **of_item: Any
) -> PackingSlip:
    return PackingSlip(
        **_order(language, person, gift), lines=_lines(gift, **of_item), bags=3, due_minor=None if gift else 84600
    )


def handoff_receipt(
    language: str = "en", *, person: str | None = "Ada Nowak", gift: bool = False, **of_item: Any
) -> HandoffReceipt:
    return HandoffReceipt(
        **_order(language, person, gift),
        lines=_lines(gift, **of_item),
        handed_at=at(16, 1),
        result="partly",
        checks=("code", "photo_id"),
        by_collector=True,
        paid_receipt="POS-1-0042",
    )


def bag_label(**values: Any) -> BagLabel:
    usual: dict[str, Any] = {
        "store": STORE,
        "code": BagCode("4826", "ÅKĘ"),
        "order_number": "104826",
        "bag_id": "bag_abcdefghijklmnopqrstuvwx",
        "number": 2,
        "count": 3,
        "place": "R-12",
        "kind": "rail",
        "zone": "ambient",
        "promised_at": at(15, 30),
    }
    return BagLabel(**(usual | values))


def return_item_labels(**values: Any) -> ReturnItemLabels:
    usual: dict[str, Any] = {
        "rma": "R520418",
        "code": "R520418-4",
        "disposition": "return_to_vendor",
        "bin": "V-2",
        "reason": "defective",
        "condition": "as_new",
        "name": "Thermos 0.5 l",
        "variant": "brick red",
        "sku": "THRM-05-RED",
        "pieces": 2,
    }
    return ReturnItemLabels(**(usual | values))


def parcel_label(**values: Any) -> ParcelLabel:
    usual: dict[str, Any] = {
        "store": STORE,
        "destination": ("Returns DC Borås", "Göteborgsvägen 14", "SE-504 62 Borås"),
        "sscc": "359012345000004271",
        "pieces": 14,
        "lines": 6,
        "packed_at": at(17, 0),
    }
    return ParcelLabel(**(usual | values))
