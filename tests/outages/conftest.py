"""A shop on PostgreSQL whose server the test may stop and start again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outages.databases import KEEPS, Database
from tests.postgresql import running_server
from tests.servers import Site


@pytest.fixture
def database() -> Iterator[Database]:
    with running_server(**KEEPS) as server:
        found = Database(server)
        try:
            yield found
        finally:
            found.end()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A shop on SQLite with a key; nothing runs yet."""
    yield from _made(Site(tmp_path))


@pytest.fixture
def big_site(database: Database, tmp_path: Path) -> Iterator[Site]:
    """The same on PostgreSQL."""
    yield from _made(Site(tmp_path, database_url=database.address))


def _made(site: Site) -> Iterator[Site]:
    try:
        made = site.command("db", "upgrade")
        assert made.returncode == 0, made.stderr
        site.make_key()
        yield site
    finally:
        site.close()
