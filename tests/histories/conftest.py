"""Shops that histories are recorded from: one machine on SQLite, three web servers on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.histories.recorders import ON_HAND, SKUS, STORE
from tests.postgresql import running_server
from tests.servers import Site, stock_up


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A database with a key, and nothing that runs on it."""
    site = Site(tmp_path)
    try:
        assert site.command("db", "upgrade").returncode == 0
        site.make_key()
        yield site
    finally:
        site.close()


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[Site]]:
    """Three web servers' places on one PostgreSQL database, with one key."""
    with running_server() as server:
        address, sites = server.new_database(), []
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            sites.append(Site(folder, database_url=address))
        try:
            made = sites[0].command("db", "upgrade")
            assert made.returncode == 0, made.stderr
            sites[0].make_key()
            yield sites
        finally:
            for site in sites:
                site.close()


def open_store(site: Site, on_hand: int = ON_HAND) -> None:
    """Stock for the clients to fight for."""
    site.wait_for("/healthz")
    stock_up(site.client(), STORE, dict.fromkeys(SKUS, on_hand))
