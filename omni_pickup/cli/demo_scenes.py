"""What the sample day looks like: about 60 orders in every state, as data that `demo_orders` plays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PEOPLE = {
    "WAW-01": (
        "Anna Nowak",
        "Piotr Wiśniewski",
        "Zofia Lewandowska",
        "Tomasz Mazur",
        "Katarzyna Dąbrowska-Łoś",
        "Łukasz Wójcik",
        "Magda Kowalska",
        "Paweł Zieliński",
        "Ola Kaczmarek",
        "Żaneta Ćwik",
        "Igor Szymański",
        "Marta Ostrowska",
        "Jakub Pietrzak",
        "Ewelina Gąska",
        "Nadia Haddad",
        "Oleksandr Kovalenko",
    ),
    "STO-01": (
        "Erik Lindqvist",
        "Saga Åkerström",
        "Karin Sjöberg",
        "Per Hansson",
        "Elin Ström",
        "Oskar Björklund",
        "Ylva Öberg",
        "Amir Rahimi",
    ),
    "BER-01": (
        "Jürgen Groß",
        "Annika Müller",
        "Felix Weiß",
        "Greta Schäfer",
        "Mehmet Yılmaz",
        "Lotte Bauer",
        "Hannes Köhler",
        "Sophie Krüger",
    ),
}
PICKERS = {"WAW-01": "ania", "STO-01": "nils", "BER-01": "lena"}
LANGUAGES = {"WAW-01": "pl", "STO-01": "sv", "BER-01": "de"}
CARS = ("Blue Kia Ceed", "Red Volvo V60", "Grey Škoda Octavia", "White VW Golf", "on foot")


@dataclass(frozen=True, slots=True)
class Scene:
    """One order: placed `ago` minutes ago with these kinds of goods, and played up to `stage`.

    `goods` name kinds of items (`any`, `bulky`, `locked`, `chilled`, `age`, `fragile`); `since` is how many
    minutes ago its last step happened; `more` are members of the contract's order; `picker` is
    the login of who picks, if it is not the one of the store.
    """

    store: str
    stage: str
    ago: int
    goods: tuple[str, ...] = ("any",)
    since: int = 1
    more: dict[str, Any] = field(default_factory=dict)
    bay: str | None = None
    picker: str = ""


_GIFT = {"gift": {"message": "Happy birthday!"}}
_NOTE = {"note": "Please bring it to the car, I have a small child with me."}
_DUE = {"payment": {"state": "due", "due": None}}
_CURB = {"pickup_method": "curbside"}
_COLLECTOR = {"collector": {"name": "Piotr Nowak", "phone": "+48600100299"}}

SCENES: tuple[Scene, ...] = (
    # People who are here, longest first, also one whose order is not ready.
    Scene("WAW-01", "arrived", 300, ("any", "any"), 4, _CURB, "B2"),
    Scene("WAW-01", "arrived", 280, ("any", "chilled"), 3, _CURB, "B3"),
    Scene("WAW-01", "arrived_early", 50, ("any", "any", "any"), 2, _CURB, "B1"),
    Scene("WAW-01", "taken", 260, ("any",), 2, _CURB, "B5"),
    Scene("WAW-01", "arrived", 240, ("any", "any", "bulky"), 0, _COLLECTOR),
    Scene("WAW-01", "on_my_way", 230, ("any",), 3, _CURB),
    Scene("WAW-01", "on_my_way", 220, ("any", "any"), 5),
    Scene("STO-01", "arrived", 300, ("any", "any"), 2, _CURB, "1"),
    Scene("BER-01", "arrived", 300, ("any",), 1),
    # To pick: late ones, the next half hour, later.
    Scene("WAW-01", "received", 75, ("chilled", "any")),
    Scene("WAW-01", "received", 68, ("any",), more=_NOTE),
    Scene("WAW-01", "received", 62, ("any",), more=_GIFT),
    Scene("WAW-01", "received", 52, ("any", "bulky", "any"), more=_DUE),
    Scene("WAW-01", "received", 46, ("any", "chilled", "any")),
    Scene("WAW-01", "received", 41, ("locked",)),
    Scene("WAW-01", "received", 37, ("age", "any")),
    Scene("WAW-01", "received", 30, ("any", "any")),
    Scene("WAW-01", "received", 22, ("any", "any", "any", "any")),
    Scene("WAW-01", "received", 15, ("fragile", "any"), more=_GIFT | _NOTE),
    Scene("WAW-01", "received", 9, ("frozen", "any")),
    Scene("WAW-01", "received", 4, ("any",)),
    Scene("WAW-01", "received", 1, ("bulky", "locked"), more=_DUE),
    Scene("STO-01", "received", 100, ("any",)),
    Scene("STO-01", "received", 40, ("chilled", "any")),
    Scene("STO-01", "received", 20, ("any", "any", "any"), more=_NOTE),
    Scene("STO-01", "received", 5, ("bulky",)),
    Scene("BER-01", "received", 130, ("any",)),
    Scene("BER-01", "received", 50, ("any", "age")),
    Scene("BER-01", "received", 10, ("any", "any"), more=_GIFT),
    # Under way.
    Scene("WAW-01", "picking", 60, ("any", "any", "any"), 6),
    Scene("WAW-01", "picking", 55, ("any", "chilled"), 4, picker="bartek"),
    Scene("STO-01", "picking", 60, ("any", "any"), 3),
    Scene("WAW-01", "picked", 90, ("any", "any"), 8),
    Scene("BER-01", "picked", 120, ("any",), 8),
    Scene("WAW-01", "packed", 95, ("any", "frozen"), 10),
    # The customer is asked, or has answered.
    Scene("WAW-01", "short", 80, ("any", "any"), 15),
    Scene("WAW-01", "short", 85, ("any",), 12),
    Scene("STO-01", "short", 80, ("any", "any"), 20),
    Scene("WAW-01", "answered", 110, ("any", "any"), 7),
    # Ready and waiting, some for days.
    Scene("WAW-01", "ready", 300, ("any", "any"), 120),
    Scene("WAW-01", "ready", 320, ("any",), 150, _GIFT),
    Scene("WAW-01", "ready", 340, ("chilled", "chilled"), 160),
    Scene("WAW-01", "ready", 360, ("any", "bulky"), 170, _DUE),
    Scene("WAW-01", "ready", 1500, ("any", "any"), 1400, _COLLECTOR),
    Scene("WAW-01", "ready", 3000, ("any",), 2900),
    Scene("STO-01", "ready", 400, ("any",), 200),
    Scene("STO-01", "ready", 1500, ("any", "chilled"), 1400),
    Scene("BER-01", "ready", 420, ("any", "fragile"), 200),
    # Ends.
    Scene("WAW-01", "collected", 2900, ("any", "any", "any"), 2000),
    Scene("WAW-01", "collected", 1600, ("any",), 1300),
    Scene("WAW-01", "collected", 1500, ("age",), 1250),
    Scene("STO-01", "collected", 2900, ("any", "any"), 1900),
    Scene("BER-01", "collected", 2900, ("any",), 1800),
    Scene("WAW-01", "partly", 1600, ("any", "any"), 1200),
    Scene("WAW-01", "refused", 1550, ("any",), 200),
    Scene("WAW-01", "cancelled", 200, ("any",), 100),
    Scene("WAW-01", "cancelled_ready", 400, ("any", "any"), 30),
    Scene("BER-01", "cancelled", 300, ("any", "any"), 200),
    Scene("WAW-01", "expired", 12000, ("any",), 11500),
    Scene("STO-01", "expired", 14000, ("any", "any"), 13500),
    # Goods coming back.
    Scene("WAW-01", "return_announced", 4300, ("any", "any"), 600),
    Scene("WAW-01", "return_received", 4400, ("any",), 30),
    Scene("WAW-01", "return_inspected", 4500, ("any", "any"), 60),
    Scene("STO-01", "return_announced", 4300, ("any",), 500),
    Scene("BER-01", "return_closed", 5000, ("any",), 700),
)
