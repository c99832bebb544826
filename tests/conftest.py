"""One app for each test process and kind of database, on tables that are empty for each test that asks for it.

Tests run on SQLite; those whose subject is SQL, locks or what follows from them run on PostgreSQL as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask_openapi3 import OpenAPI
from xdist.remote import Producer

from omni_pickup import configure_process, create_app
from omni_pickup.config import ROOT, Settings
from omni_pickup.models import db, transaction
from omni_pickup.services.staff import passwords
from tests.grounds import Ground, PostgresqlGround, SqliteGround, forget_process, settings_for
from tests.lock_orders import watched
from tests.postgresql import Server, running_server
from tests.schedules import BySharing
from tests.security.worlds import World, make_world
from tests.sites import Site, make_site

SLOW_HASHER, SLOW_NOBODY = passwords._hasher, passwords.NOBODY
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

#: Where transactions are opened by the program itself, and so must lock in the decided order.
WATCHED = ("tests/api", "tests/board", "tests/delivery")
#: Where every test that uses the database runs on both kinds, unless it is marked `one_database`.
ON_BOTH = (
    "tests/api/test_events.py",
    "tests/api/test_first_order.py",
    "tests/api/test_ground_rules.py",
    "tests/api/test_idempotency_keys.py",
    "tests/board/test_command_doors.py",
    "tests/delivery",
    "tests/models",
    "tests/queries",
    "tests/services",
    "tests/test_live.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharing:
    """Each test process takes whole files, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return BySharing(config, log)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once on each kind of database where that is wanted."""
    path = metafunc.definition.path.relative_to(ROOT)
    doubled = any(path.is_relative_to(place) for place in ON_BOTH)
    if "settings" in metafunc.fixturenames and doubled and not any(metafunc.definition.iter_markers("one_database")):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The PostgreSQL of this test process."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteGround:
    return SqliteGround(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> PostgresqlGround:
    return PostgresqlGround(postgresql_server, tmp_path_factory.mktemp("postgresql"))


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on: sqlite or postgresql."""
    chosen: str = getattr(request, "param", "sqlite")
    return chosen


@pytest.fixture
def ground(request: pytest.FixtureRequest, database_kind: str) -> Ground:
    found: Ground = request.getfixturevalue(database_kind)
    return found


@pytest.fixture
def settings(request: pytest.FixtureRequest, ground: Ground, tmp_path: Path) -> Settings:
    """A folder and a database of the test's own; with the shared app, the database that it runs on."""
    shared = "bare_app" in request.fixturenames
    return settings_for(tmp_path, ground.address if shared else ground.new_address(tmp_path))


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
def bare_app(settings: Settings, ground: Ground) -> Iterator[OpenAPI]:
    """The shared app outside of its context, as browsers meet it, on empty tables."""
    ground.clear()
    configure_process(settings)
    ground.app.config["SETTINGS"] = settings
    forget_process(ground.app)
    yield ground.app
    with ground.app.app_context():
        db.session.remove()
        ground.rest()


@pytest.fixture
def app(bare_app: OpenAPI) -> Iterator[OpenAPI]:
    """The shared app inside its context, on empty tables."""
    with bare_app.app_context():
        yield bare_app
        db.session.remove()


@pytest.fixture
def site(bare_app: OpenAPI) -> Site:
    """The shared app with two stores, their people and tablets."""
    return make_site(bare_app)


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two shops with one of everything, made once because that takes seconds; restore it before use."""
    folder = tmp_path_factory.mktemp("world")
    return make_world(settings_for(folder, f"sqlite:///{folder}/omni.sqlite"))


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Secrets of tests need no protection, and a check takes 20 ms otherwise; see `slow_hashes` for the product's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", QUICK_HASHER)
        patch.setattr(passwords, "NOBODY", QUICK_HASHER.hash("nobody"))
        yield


@pytest.fixture
def slow_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes with the product's own parameters, for tests that are about them."""
    monkeypatch.setattr(passwords, "_hasher", SLOW_HASHER)
    monkeypatch.setattr(passwords, "NOBODY", SLOW_NOBODY)


@pytest.fixture(autouse=True)
def locks(request: pytest.FixtureRequest) -> Iterator[None]:
    """On PostgreSQL every transaction of the faces and of the worker locks in the order of decision 0009."""
    path = request.path.relative_to(ROOT)
    if _shares_postgresql(request) and any(path.is_relative_to(place) for place in WATCHED):
        request.getfixturevalue("app")
        with watched(db.engine) as order:
            yield
        assert order.broken == []
    else:
        yield


def _shares_postgresql(request: pytest.FixtureRequest) -> bool:
    call = getattr(request.node, "callspec", None)
    return "app" in request.fixturenames and call is not None and call.params.get("database_kind") == "postgresql"
