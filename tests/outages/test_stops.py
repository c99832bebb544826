"""SIGTERM in the middle of a busy day: what was begun is answered, every stream ends, all within ten seconds (R17)."""

from __future__ import annotations

import http.client
import signal
import time

from omni_pickup import create_app
from omni_pickup.config import load_settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.stores import Store
from omni_pickup.services.staff.devices import create_enrolment, enrol_device
from omni_pickup.services.staff.staff_sessions import open_session
from tests.histories.checks import anomalies
from tests.histories.conftest import open_store
from tests.histories.recorders import STORE, Log, record
from tests.histories.records import History
from tests.people import make_staff
from tests.servers import Site

STREAMS = 12
STOP_SECONDS = 10.0


def cookies(site: Site) -> str:
    """Of an enrolled tablet on which somebody signed in."""
    environment = {name: value for name, value in site.environment.items() if name.startswith("OMNI_")}
    app = create_app(load_settings(environment, base_url=f"http://127.0.0.1:{site.port}"))
    with app.app_context():
        store = db.session.query(Store).filter_by(code=STORE).one()
        staff = make_staff("ania", store)
        with transaction():
            device, secret = enrol_device(create_enrolment(store, name="Counter", by=SYSTEM))
            session = open_session(staff, kind="pin", device=device, hours=12)[1]
        db.session.remove()
        db.engine.dispose()
    return f"device={secret}; staff={session}"


def listen(site: Site, cookie: str) -> http.client.HTTPResponse:
    """An open stream that has said its first word."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", "/board/live", headers={"Cookie": cookie})
    stream = connection.getresponse()
    assert stream.status == 200
    assert stream.readline().startswith(b"retry:")
    return stream


def effects_without_answer(history: History) -> list[str]:
    """Orders that are there although nobody was told so."""
    unknown = {one.given["order"] for one in history.of("order") if one.outcome == "unknown"}
    return sorted(unknown & set(history.end.orders))


def test_a_stop_on_a_busy_day_answers_what_was_begun_and_ends_every_stream_in_time(site: Site) -> None:
    serve = site.start("serve", "--no-demo", "--port", str(site.port))
    open_store(site)
    cookie = cookies(site)
    streams = [listen(site, cookie) for _ in range(STREAMS)]
    log, took = Log(), 0.0

    def stop_and_start() -> None:
        nonlocal took
        time.sleep(2)
        began = time.monotonic()
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(STOP_SECONDS * 2) == 0
        took = time.monotonic() - began
        site.start("serve", "--no-demo", "--port", str(site.port))
        site.wait_for("/healthz")

    history = record([site], site.key, log, stop_and_start, clients=6)
    assert took < STOP_SECONDS
    for stream in streams:
        # The rest of the stream, to its proper end: a broken one would raise.
        assert b"event:" in stream.read()
    assert effects_without_answer(history) == []
    assert (log.wrong, anomalies(history)) == ([], [])
    assert "Traceback" not in site.log
    assert site.verify().returncode == 0
