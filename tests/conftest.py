"""One app on a fresh SQLite file for each test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import create_app
from omni_pickup.config import Settings, load_settings
from omni_pickup.models import db, transaction


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        {},
        instance_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'omni.sqlite'}",
        secret_key="k" * 20 + "0123456789abcdef",
        pin_pepper="p" * 20 + "0123456789abcdef",
        base_url="https://pickup.example",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[OpenAPI]:
    """The app inside its context, all tables made."""
    app = create_app(settings)
    with app.app_context():
        with transaction("schema"):
            db.metadata.create_all(db.session.connection())
        yield app
        db.session.remove()
        db.engine.dispose()
