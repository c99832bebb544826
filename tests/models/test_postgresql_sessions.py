"""How a process is connected to PostgreSQL: what every session says, how many there are, and dead ones."""

from __future__ import annotations

import threading

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, TimeoutError

from omni_pickup import clock
from omni_pickup.errors import Busy
from omni_pickup.models import db, floors, postgresql, transaction
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.postgresql import CONNECT, SESSION, engine_options
from omni_pickup.models.stores import Setting
from tests.postgresql import Server

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("app")]


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


def end_sessions(server: Server) -> None:
    """What a restart of the server does to every connection of ours."""
    with server.connect_to(str(db.engine.url)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name LIKE 'omni %'"
        )
    clock.sleep(0.1)


def count() -> int:
    return int(db.session.scalar(text("SELECT count(*) FROM settings")) or 0)


def test_every_session_says_what_we_rely_on() -> None:
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second):
            got = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in SESSION}
            assert {name.lower(): value for name, value in got.items()} == SESSION
            isolation = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
            assert isolation == "read committed"


def test_the_driver_gives_up_a_server_that_is_silent() -> None:
    with db.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        said = driver.info.get_parameters()
    assert {name: int(said[name]) for name in CONNECT} == CONNECT
    assert said["application_name"].startswith("omni ")


def test_what_the_address_says_wins() -> None:
    address = "postgresql+psycopg://omni@/omni?application_name=shop-1&tcp_user_timeout=60000"
    given = engine_options(address, connections=3)
    assert given["pool_size"] == 3
    assert given["max_overflow"] == 0
    assert not {"application_name", "tcp_user_timeout"} & given["connect_args"].keys()


def test_sqlite_is_told_nothing_of_this() -> None:
    assert engine_options("sqlite:///omni.sqlite", connections=3) == {}


def test_a_process_opens_no_more_connections_than_it_is_told() -> None:
    options = engine_options(str(db.engine.url), connections=2) | {"pool_timeout": 0.2}
    engine = create_engine(db.engine.url, **options)
    with engine.connect(), engine.connect(), pytest.raises(TimeoutError):
        engine.connect()
    engine.dispose()


def test_after_a_restart_the_next_request_connects_anew(postgresql_server: Server) -> None:
    assert count() == 0
    db.session.rollback()
    end_sessions(postgresql_server)
    with transaction():
        db.session.add(Setting(name="a", value={}, updated_at=clock.now()))
    assert count() == 1


def test_without_the_look_at_the_socket_the_next_request_fails(
    postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count() == 0
    db.session.rollback()
    event.remove(db.engine, "checkout", postgresql._refuse_dead)
    try:
        end_sessions(postgresql_server)
        with pytest.raises(DBAPIError):
            count()
    finally:
        event.listen(db.engine, "checkout", postgresql._refuse_dead)
        db.session.rollback()


def test_a_notice_in_the_socket_is_no_death(postgresql_server: Server) -> None:
    """A changed setting is reported to every session, unasked."""
    with db.engine.connect() as connection:
        before = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with postgresql_server.connect("postgres") as connection:
        connection.execute("ALTER SYSTEM SET application_name = 'x'")
        connection.execute("ALTER SYSTEM SET intervalstyle = 'iso_8601'")
        connection.execute("SELECT pg_reload_conf()")
        clock.sleep(0.2)
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() == before


class Neighbour:
    """Somebody on a store's floor until told to go."""

    def __init__(self, app: OpenAPI, *stores: int) -> None:
        self._stands, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._stand, args=(app, stores))

    def _stand(self, app: OpenAPI, stores: tuple[int, ...]) -> None:
        with app.app_context(), transaction():
            enter_floor(*stores)
            self._stands.set()
            self._go.wait(20)

    def __enter__(self) -> Neighbour:
        self._thread.start()
        assert self._stands.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._go.set()
        self._thread.join(10)


def enter_shortly(*stores: int) -> None:
    """Enter one floor after the other, and wait for none of them longer than a moment."""
    with transaction():
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        for store_id in stores:
            enter_floor(store_id)


def test_a_floor_is_one_persons_and_another_stores_floor_is_free(app: OpenAPI) -> None:
    with Neighbour(app, 1):
        enter_shortly(2)
        with pytest.raises(Busy):
            enter_shortly(1)
    enter_shortly(1)


def test_a_floor_may_be_entered_again_by_who_stands_on_it() -> None:
    enter_shortly(1, 1)


def test_floors_are_entered_in_rising_order_however_they_are_named(app: OpenAPI) -> None:
    asked: list[int] = []
    with transaction():

        def note(connection: object, cursor: object, statement: str, values: dict[str, int], *more: object) -> None:
            if "advisory" in statement:
                asked.append(values["floor"] - floors._FLOORS)

        event.listen(db.engine, "before_cursor_execute", note)
        enter_floor(3, 1, 2)
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked == [1, 2, 3]


def test_a_lower_floor_that_was_found_too_late_is_waited_for_half_a_second(app: OpenAPI) -> None:
    def enter_late() -> None:
        with transaction():
            enter_floor(2)
            enter_floor(1)

    enter_late()
    with Neighbour(app, 1):
        began = clock.monotonic()
        with pytest.raises(Busy):
            enter_late()
        assert clock.monotonic() - began < 4


def test_the_floor_is_left_with_the_transaction_also_by_an_error(app: OpenAPI) -> None:
    def fall() -> None:
        with transaction():
            enter_floor(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fall()
    with Neighbour(app, 1):
        pass


def test_outside_of_a_transaction_nobody_enters() -> None:
    enter_floor(1)
    held = db.session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
    assert held == 0
