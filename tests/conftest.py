"""One app for each test process, on an SQLite file that is new for each test that asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import configure_process, create_app
from omni_pickup.config import Settings, load_settings
from omni_pickup.models import db, transaction


@dataclass(frozen=True, slots=True)
class Shared:
    """Making the app and its tables costs far more than most tests, so both are made once."""

    app: OpenAPI
    database: Path
    empty: Path


def settings_for(folder: Path, database: Path) -> Settings:
    return load_settings(
        {},
        instance_dir=folder,
        database_url=f"sqlite:///{database}",
        secret_key="k" * 20 + "0123456789abcdef",
        pin_pepper="p" * 20 + "0123456789abcdef",
        base_url="https://pickup.example",
    )


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    folder = tmp_path_factory.mktemp("shared")
    database, empty = folder / "omni.sqlite", folder / "empty.sqlite"
    app = create_app(settings_for(folder, database))
    with app.app_context():
        with transaction("schema"):
            db.metadata.create_all(db.session.connection())
        db.session.remove()
        db.engine.dispose()
    shutil.copy(database, empty)
    return Shared(app, database, empty)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A folder and a database of the test's own; with `app`, the database that it runs on."""
    if "app" in request.fixturenames:
        return settings_for(tmp_path, request.getfixturevalue("shared").database)
    return settings_for(tmp_path, tmp_path / "omni.sqlite")


@pytest.fixture
def own_app(settings: Settings) -> Iterator[OpenAPI]:
    """An app of the test's own, to which it may add routes or do harm."""
    app = create_app(settings)
    with app.app_context():
        with transaction("schema"):
            db.metadata.create_all(db.session.connection())
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(settings: Settings, shared: Shared) -> Iterator[OpenAPI]:
    """The app inside its context, on empty tables."""
    for leftover in shared.database.parent.glob(f"{shared.database.name}*"):
        leftover.unlink()
    shutil.copy(shared.empty, shared.database)
    configure_process(settings)
    shared.app.config["SETTINGS"] = settings
    with shared.app.app_context():
        yield shared.app
        db.session.remove()
        db.engine.dispose()
