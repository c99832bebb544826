"""`omni db upgrade` and `omni stock verify`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from omni_pickup import schemas
from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.models import transaction
from omni_pickup.services.stock.items import put_item
from omni_pickup.services.stock.stock_levels import set_level
from omni_pickup.services.stores.stores import put_store
from tests.cli.conftest import Omni


def _execute(instance: Path, statement: str) -> None:
    with closing(sqlite3.connect(instance / "omni.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.fixture
def stocked(omni: Omni) -> Omni:
    """One store with ten pieces of one item."""
    with opened(), transaction():
        put_store("WAW-01", {"name": "Warszawa", "timezone": "Europe/Warsaw"}, by=OPERATOR)
        store, _ = put_store("WAW-01", {"name": "Warszawa", "timezone": "Europe/Warsaw"}, by=OPERATOR)
        put_item("HAT", {"name": "Hat"}, by=OPERATOR)
        set_level(store, "HAT", {"on_hand": 10}, by=OPERATOR)
    return omni


def test_an_upgrade_makes_the_schema_and_checks_the_books(bare_omni: Omni, instance: Path) -> None:
    result = bare_omni("db", "upgrade")
    assert result.code == 0, result.err
    assert f"The schema is now {schemas.head()}." in result.out
    assert "The books agree." in result.err
    assert (instance / "omni.sqlite").exists()
    again = bare_omni("db", "upgrade")
    assert (again.code, f"The schema is up to date ({schemas.head()})." in again.out) == (0, True)


def test_an_upgrade_needs_no_secret(bare_omni: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNI_SECRET_KEY")
    monkeypatch.delenv("OMNI_PIN_PEPPER")
    assert bare_omni("db", "upgrade").code == 0


def test_a_newer_schema_is_refused_by_every_command(omni: Omni, instance: Path) -> None:
    _execute(instance, "UPDATE alembic_version SET version_num = '7000'")
    for arguments in (("db", "upgrade"), ("key", "list"), ("stock", "verify")):
        result = omni(*arguments)
        assert (result.code, "7000, which is newer than this program" in result.err) == (1, True)


def test_books_that_agree_are_said_to(stocked: Omni) -> None:
    result = stocked("stock", "verify")
    assert (result.code, result.out, result.err) == (0, "", "The books agree.\n")


def test_what_differs_is_listed_and_the_command_fails(stocked: Omni, instance: Path) -> None:
    _execute(instance, "UPDATE stock_levels SET on_hand = 9")
    result = stocked("stock", "verify")
    assert result.code == 1
    assert "WAW-01 HAT: on_hand is 9, should be 10" in result.out
    assert "The books differ in 1 places." in result.err


def test_an_upgrade_after_which_the_books_differ_says_so(stocked: Omni, instance: Path) -> None:
    _execute(instance, "UPDATE stock_levels SET on_hand = 9")
    assert stocked("db", "upgrade").code == 1


def test_commands_find_the_database_and_secrets_that_serve_keeps(
    omni: Omni, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("secret_key", "pin_pepper"):
        monkeypatch.delenv(f"OMNI_{name.upper()}")
        (instance / name).write_text("k" * 40)
    (instance / "omni.sqlite").rename(instance / "demo.sqlite")
    (instance / "serving").write_text("demo")
    assert omni("key", "create", "shop", "--scope", "orders:read").code == 0
    assert not (instance / "omni.sqlite").exists()
