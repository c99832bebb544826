"""Where tests stand: an app for each test process and kind of database, whose tables are emptied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from flask_openapi3 import OpenAPI

from omni_pickup import create_app
from omni_pickup.board import shared_views
from omni_pickup.config import Settings, load_settings
from omni_pickup.extensions import limiter
from omni_pickup.models import db, transaction
from tests.postgresql import Server, wipe


def settings_for(folder: Path, address: str) -> Settings:
    """Settings of a shop whose instance folder and database are these."""
    return load_settings(
        {},
        instance_dir=folder,
        database_url=address,
        secret_key="k" * 20 + "0123456789abcdef",
        pin_pepper="p" * 20 + "0123456789abcdef",
        base_url="https://pickup.example",
    )


class Ground(Protocol):
    """One kind of database."""

    @property
    def app(self) -> OpenAPI:
        """The app that tests share, because making one costs far more than most tests."""

    @property
    def address(self) -> str:
        """The shared app's database."""

    def clear(self) -> None:
        """Empty the shared app's tables."""

    def rest(self) -> None:
        """After a test, inside its app context."""

    def new_address(self, folder: Path) -> str:
        """A database of the test's own, without tables."""


class SqliteGround:
    """The shared database is a file that is copied from an empty one."""

    def __init__(self, folder: Path) -> None:
        self._file, self._empty = folder / "omni.sqlite", folder / "empty.sqlite"
        self.address = f"sqlite:///{self._file}"
        self.app = _app_with_tables(folder, self.address)
        shutil.copy(self._file, self._empty)

    def clear(self) -> None:
        for leftover in self._file.parent.glob(f"{self._file.name}*"):
            leftover.unlink()
        shutil.copy(self._empty, self._file)

    def rest(self) -> None:
        db.engine.dispose()

    def new_address(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'omni.sqlite'}"


class PostgresqlGround:
    """The shared database keeps its connections from test to test; its rows are deleted."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self.address = server.new_database()
        self.app = _app_with_tables(folder, self.address)
        self._connection = server.connect_to(self.address)

    def clear(self) -> None:
        wipe(self._connection, db.metadata)

    def rest(self) -> None:
        """Connections stay open, because making one takes longer than most tests."""

    def new_address(self, folder: Path) -> str:
        return self._server.new_database()


def forget_process(app: OpenAPI) -> None:
    """What a process keeps beside the database: counted requests and drawn views."""
    limiter.reset()
    shared_views.init_app(app)


def _app_with_tables(folder: Path, address: str) -> OpenAPI:
    app = create_app(settings_for(folder, address))
    with app.app_context():
        with transaction("schema"):
            db.metadata.create_all(db.session.connection())
        db.session.remove()
        db.engine.dispose()
    return app
