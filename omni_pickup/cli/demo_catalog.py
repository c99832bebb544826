"""The sample assortment: about 300 items with sizes, colours, walk locations, and barcode numbers that scan.

Barcode numbers begin with 5900000, a company prefix that no shop uses, and end in a right check digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from omni_pickup.rules.gtins import check_digit

COLOURS = {
    "red": "#B5382F",
    "blue": "#2F5DA8",
    "green": "#3E7D53",
    "black": "#2A2D30",
    "white": "#F4F2EC",
    "sand": "#CDB38B",
    "yellow": "#E0B03A",
}


@dataclass(frozen=True, slots=True)
class Design:
    """One thing that is sold in several variants; `price` is in the store group's main currency, PLN."""

    key: str
    name: str
    department: str
    picture: str
    price: str
    aisle: str
    colours: tuple[str, ...] = ("sand",)
    sizes: tuple[str, ...] = ("",)
    temperature: str = "ambient"
    handling: tuple[str, ...] = ()
    min_age: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


_CLOTHES = ("S", "M", "L", "XL")
_SHOES = ("38", "39", "40", "41", "42", "43")

DESIGNS = (
    Design(
        "TSHIRT",
        "Cotton T-shirt",
        "Clothes",
        "tshirt",
        "59.90",
        "A-01",
        ("red", "blue", "white", "green", "black"),
        _CLOTHES,
    ),
    Design("HOODIE", "Zip hoodie", "Clothes", "hoodie", "149.00", "A-02", ("black", "green", "red", "sand"), _CLOTHES),
    Design("RAINJACKET", "Rain jacket", "Clothes", "jacket", "249.00", "A-03", ("yellow", "blue", "red"), _CLOTHES),
    Design("JEANS", "Straight jeans", "Clothes", "trousers", "179.00", "A-04", ("blue", "black", "sand"), _CLOTHES),
    Design(
        "SWEATER",
        "Lambswool sweater",
        "Clothes",
        "sweater",
        "199.00",
        "A-05",
        ("sand", "red", "green", "black"),
        _CLOTHES,
    ),
    Design("DRESS", "Linen dress", "Clothes", "dress", "219.00", "A-06", ("white", "blue", "red", "green"), _CLOTHES),
    Design(
        "SOCKS",
        "Hiking socks, 2 pairs",
        "Clothes",
        "socks",
        "39.90",
        "A-07",
        ("black", "sand", "red", "blue"),
        ("36-40", "41-45"),
    ),
    Design("TRAIL", "Trail running shoe", "Shoes", "shoe", "399.00", "B-01", ("black", "green", "blue"), _SHOES),
    Design("SNEAKER", "Canvas sneaker", "Shoes", "shoe", "229.00", "B-02", ("white", "blue", "red", "black"), _SHOES),
    Design("BOOT", "Rubber boot", "Shoes", "boot", "139.00", "B-03", ("yellow", "green", "blue", "red"), _SHOES),
    Design(
        "MUG",
        "Stoneware mug 300 ml",
        "Kitchen",
        "mug",
        "34.90",
        "C-01",
        ("white", "blue", "green", "sand"),
        handling=("fragile",),
    ),
    Design("KETTLE", "Electric kettle 1.7 l", "Kitchen", "kettle", "189.00", "C-02", ("black", "white", "red")),
    Design("PAN", "Cast iron pan", "Kitchen", "pan", "159.00", "C-03", ("black",), ("20 cm", "24 cm", "28 cm")),
    Design(
        "KNIFE",
        "Chef's knife",
        "Kitchen",
        "knife",
        "129.00",
        "C-04",
        ("black",),
        ("16 cm", "20 cm"),
        handling=("locked",),
        min_age=18,
    ),
    Design("GLASS", "Wine glasses, set of 6", "Kitchen", "glass", "99.00", "C-05", ("white",), handling=("fragile",)),
    Design(
        "TOWEL",
        "Bath towel",
        "Home",
        "towel",
        "49.90",
        "D-01",
        ("white", "blue", "sand", "green"),
        ("50x100", "70x140"),
    ),
    Design("LAMP", "Reading lamp", "Home", "lamp", "169.00", "D-02", ("black", "white"), handling=("fragile",)),
    Design("CUSHION", "Velvet cushion", "Home", "cushion", "69.90", "D-03", ("red", "green", "yellow", "blue")),
    Design("CANDLE", "Scented candle", "Home", "candle", "44.90", "D-04", ("white", "sand", "red")),
    Design("CHAIR", "Folding chair", "Garden", "chair", "199.00", "G-01", ("green", "sand"), handling=("bulky",)),
    Design("PARASOL", "Parasol 2.5 m", "Garden", "parasol", "349.00", "G-02", ("sand", "red"), handling=("bulky",)),
    Design(
        "SUITCASE",
        "Cabin suitcase",
        "Travel",
        "suitcase",
        "449.00",
        "G-03",
        ("black", "blue", "red"),
        ("55 cm", "67 cm"),
        handling=("bulky",),
    ),
    Design(
        "HEADPHONES",
        "Wireless headphones",
        "Electronics",
        "headphones",
        "599.00",
        "E-01",
        ("black", "white"),
        handling=("locked",),
    ),
    Design("SPEAKER", "Bluetooth speaker", "Electronics", "speaker", "329.00", "E-02", ("black", "blue", "red")),
    Design(
        "CAMERA",
        "Instant camera",
        "Electronics",
        "camera",
        "499.00",
        "E-03",
        ("white", "blue"),
        handling=("locked", "fragile"),
    ),
    Design("CHARGER", "USB-C charger", "Electronics", "charger", "89.90", "E-04", ("white", "black"), ("30 W", "65 W")),
    Design("CABLE", "USB-C cable", "Electronics", "cable", "39.90", "E-05", ("black",), ("1 m", "2 m")),
    Design("PLUSH", "Plush bear", "Toys", "bear", "79.90", "F-01", ("sand", "white", "black")),
    Design("BLOCKS", "Wooden blocks, 50 pieces", "Toys", "blocks", "119.00", "F-02", ("yellow",)),
    Design("PUZZLE", "Puzzle", "Toys", "puzzle", "54.90", "F-03", ("blue", "green"), ("500", "1000")),
    Design("BALL", "Football size 5", "Toys", "ball", "89.90", "F-04", ("white", "yellow")),
    Design(
        "NOTEBOOK",
        "Notebook A5",
        "Stationery",
        "notebook",
        "24.90",
        "H-01",
        ("red", "blue", "green", "black", "yellow", "white"),
        ("lined", "dotted"),
    ),
    Design("PEN", "Fountain pen", "Stationery", "pen", "129.00", "H-02", ("black", "blue", "green")),
    Design(
        "COFFEE", "Coffee beans 500 g", "Food", "bag", "49.90", "K-01", ("black", "sand", "red"), ("mild", "strong")
    ),
    Design("TEA", "Loose tea 100 g", "Food", "bag", "27.90", "K-02", ("green", "black", "yellow")),
    Design(
        "CHOCOLATE",
        "Chocolate 100 g",
        "Food",
        "chocolate",
        "12.90",
        "K-03",
        ("black", "sand", "white"),
        ("plain", "nut"),
    ),
    Design(
        "WINE",
        "Wine 0.75 l",
        "Food",
        "bottle",
        "54.90",
        "K-04",
        ("red", "white"),
        ("dry", "sweet"),
        handling=("fragile",),
        min_age=18,
        extra={"returnable": False},
    ),
    Design(
        "BUTTER",
        "Butter 250 g",
        "Chilled",
        "chocolate",
        "8.90",
        "L-01",
        ("yellow",),
        ("salted", "unsalted"),
        temperature="chilled",
        extra={"returnable": False},
    ),
    Design(
        "CHEESE",
        "Cheese 300 g",
        "Chilled",
        "cheese",
        "19.90",
        "L-02",
        ("yellow", "sand"),
        ("mild", "aged"),
        temperature="chilled",
        extra={"returnable": False},
    ),
    Design(
        "SALMON",
        "Smoked salmon 150 g",
        "Chilled",
        "fish",
        "29.90",
        "L-03",
        ("red",),
        temperature="chilled",
        extra={"returnable": False},
    ),
    Design(
        "ICECREAM",
        "Ice cream 450 ml",
        "Frozen",
        "icecream",
        "24.90",
        "M-01",
        ("white", "black", "red", "green"),
        temperature="frozen",
        extra={"returnable": False},
    ),
    Design(
        "BERRIES",
        "Frozen berries 400 g",
        "Frozen",
        "bag",
        "17.90",
        "M-02",
        ("red", "blue"),
        temperature="frozen",
        extra={"returnable": False},
    ),
    Design("CREAM", "Hand cream 75 ml", "Care", "tube", "29.90", "N-01", ("white", "green", "yellow")),
    Design("SOAP", "Bar of soap", "Care", "soap", "14.90", "N-02", ("white", "green", "sand", "blue")),
    Design(
        "PERFUME",
        "Eau de toilette 50 ml",
        "Care",
        "bottle",
        "259.00",
        "N-03",
        ("blue", "yellow"),
        handling=("locked", "fragile"),
    ),
)


def gtin_13(number: int) -> str:
    """The sample company's barcode number for its n-th item, 0 to 99,999."""
    body = f"5900000{number:05d}"
    return body + check_digit(body)


def sample_items() -> Iterator[dict[str, Any]]:
    """Every item as the contract's PUT takes it, with its walk location under `_location`."""
    number = 0
    for design in DESIGNS:
        for position, (colour, size) in enumerate(product(design.colours, design.sizes)):
            number += 1
            yield {
                "sku": "-".join(part for part in (design.key, size.replace(" ", ""), colour.upper()) if part),
                "name": design.name,
                "gtins": [gtin_13(number)],
                "price": {"amount": design.price, "currency": "PLN"},
                "image_url": f"/static/demo/{design.picture}-{colour}.svg",
                "department": design.department,
                "attributes": {"colour": colour} | ({"size": size} if size else {}),
                "temperature": design.temperature,
                "handling": list(design.handling),
                "min_age": design.min_age,
                "_location": f"{design.aisle}-{position % 6 + 1}",
                **design.extra,
            }
