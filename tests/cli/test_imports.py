"""CSV files are taken over whole or not at all, with the lines that are wrong named."""

from __future__ import annotations

from pathlib import Path

import pytest

from omni_pickup.cli.settings import opened
from omni_pickup.models import db
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from tests.cli.conftest import Omni, Result

STORES = """code,name,timezone,street,city,country,mon,sat,pickers,curbside,bays
WAW-01,Warszawa Centrum,Europe/Warsaw,Marszałkowska 1,Warszawa,PL,09:00-13:00 14:00-21:00,10:00-18:00,3,yes,1 2 3
"""
ITEMS = """sku,name,gtins,price,currency,handling,attribute:size,min_age
TSHIRT-M,"T-shirt, red",5901234123457,19.90,PLN,,M,
WINE,Red wine,,39.00,PLN,fragile bulky,,18
"""
STOCK = """store,sku,on_hand,safety_stock,location,locations
WAW-01,TSHIRT-M,10,1,A-03-2,B2 B3
WAW-01,WINE,4,,,
"""


@pytest.fixture
def take(omni: Omni, tmp_path: Path) -> Omni:
    def run(kind: str, text: str | bytes) -> Result:
        file = tmp_path / f"{kind}.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return omni("import", kind, file)

    return run


def _everything(take: Omni) -> None:
    for kind, text in (("stores", STORES), ("items", ITEMS), ("stock", STOCK)):
        result = take(kind, text)
        assert result.code == 0, result.err


def test_stores_items_and_stock_are_taken_over(take: Omni) -> None:
    _everything(take)
    with opened():
        store = db.session.scalars(db.select(Store)).one()
        assert store.hours["mon"] == [["09:00", "13:00"], ["14:00", "21:00"]]
        assert (store.hours["sun"], store.pickers, store.curbside, store.bays) == ([], 3, True, ["1", "2", "3"])
        item = db.session.scalars(db.select(Item).where(Item.sku == "TSHIRT-M")).one()
        assert (item.name, item.price_minor, item.attributes) == ("T-shirt, red", 1990, {"size": "M"})
        assert [gtin.printed for gtin in item.gtins] == ["5901234123457"]
        levels = db.session.scalars(db.select(StockLevel).order_by(StockLevel.item_id)).all()
        assert [(level.on_hand, level.safety_stock) for level in levels] == [(10, 1), (4, 0)]


def test_the_same_file_again_changes_nothing(take: Omni) -> None:
    _everything(take)
    _everything(take)
    with opened():
        assert len(db.session.scalars(db.select(Item)).all()) == 2


def test_one_wrong_line_leaves_everything_as_it_was(take: Omni) -> None:
    result = take("items", ITEMS + "HAT,Hat,5901234123450,,,,,\nBAG,,,,,,,\n")
    assert result.code == 1
    assert "Nothing was imported:" in result.err
    assert "line 4: gtins/0:" in result.err
    assert "line 5: name:" in result.err
    with opened():
        assert db.session.scalars(db.select(Item)).all() == []


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("stock", "store,sku,on_hand\nWAW-01,TSHIRT-M,ten\n", "line 2: on_hand: 'ten' should be a whole number."),
        ("stock", "store,sku,on_hand\nNOWHERE,TSHIRT-M,1\n", "line 2: There is no store NOWHERE."),
        ("stock", "store,sku,on_hand\nWAW-01,HAT,1\n", "line 2: "),
        ("stock", "store,sku,on_hand\nWAW-01,WINE,1\nWAW-01,WINE,2\n", "line 3: WAW-01 WINE stands in line 2 already."),
        ("stock", "store,sku,on_hand\nWAW-01,WINE\n", "line 2: it has more or fewer fields"),
        ("stock", "store,sku,onhand\n", "unknown: onhand"),
        ("stock", "store,sku\n", "missing or twice: on_hand"),
        ("stock", "", "missing or twice: store, sku, on_hand"),
        ("stock", b"store,sku,on_hand\n\xff\xfe,x,1\n", "no CSV file in UTF-8"),
        (
            "stores",
            "code,name,timezone,mon\nX,X,Europe/Warsaw,9to5\n",
            "line 2: mon: '9to5' should be like 09:00-18:00.",
        ),
        ("stores", "code,name,timezone\nX,X,Mars/Base\n", "line 2: timezone: "),
        ("stores", "code,name,timezone,latitude\nX,X,Europe/Warsaw,north\n", "should be a decimal number"),
        ("items", "sku,name,returnable\nX,X,maybe\n", "line 2: returnable: 'maybe' should be true or false."),
        ("items", "sku,name,price,currency\nX,X,1.999,PLN\n", "line 2: price"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(take: Omni, kind: str, text: str | bytes, words: str) -> None:
    _everything(take)
    result = take(kind, text)
    assert (result.code, words in result.err) == (1, True), result.err


def test_thousands_of_wrong_lines_are_counted_instead_of_listed(take: Omni) -> None:
    result = take("items", "sku,name,min_age\n" + "".join(f"A{n},A,x\n" for n in range(500)))
    assert result.err.count("\n  line ") == 20
    assert "and 480 more." in result.err


def test_a_mark_at_the_start_as_spreadsheets_write_it_is_no_column(take: Omni) -> None:
    assert take("items", b"\xef\xbb\xbf" + ITEMS.encode()).code == 0


def test_a_missing_file_is_a_usage_error(omni: Omni, tmp_path: Path) -> None:
    assert omni("import", "items", tmp_path / "none.csv").code == 2
