"""The worker's loop: one thing after the other on one connection, none of them able to stop the rest."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from flask import Flask

from omni_pickup import clock, logs
from omni_pickup.config import Settings
from omni_pickup.delivery.deliveries import deliver_due
from omni_pickup.delivery.heartbeats import beat
from omni_pickup.delivery.senders import AFTERWARDS, senders
from omni_pickup.delivery.ticks import Tick, ticks
from omni_pickup.models.base import transaction
from omni_pickup.queries.stores.readiness import WORKER

HEARTBEAT_SECONDS = 10.0
OUTBOX_SECONDS = 0.5
#: Also the longest time until a stop is noticed while nothing is being sent.
PAUSE_SECONDS = 0.1
#: A tick that failed comes again after this at the earliest, so that a full disk does not fill the log.
AFTER_FAILURE_SECONDS = 2.0


def run_worker(app: Flask) -> None:
    """Work until SIGTERM or SIGINT. Raises ConfigError for a mail server that cannot be read."""
    worker = Worker(app)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, worker.stop)
    worker.run()


class Worker:
    """Runs its ticks when they are due. What was claimed and not sent when it stops is given back at once."""

    def __init__(self, app: Flask, works: Sequence[Tick] | None = None) -> None:
        settings: Settings = app.config["SETTINGS"]
        self._app = app
        self._senders = senders(settings)
        self._stopping = False
        self._heartbeat = Tick("heartbeat", HEARTBEAT_SECONDS, self._beat)
        outbox = Tick("outbox", OUTBOX_SECONDS, self._deliver)
        self._ticks = [outbox, *(ticks(settings) if works is None else works)]

    def stop(self, *signal_and_frame: object) -> None:
        """End after the message or transaction at hand; takes what signal handlers are given, and needs none of it."""
        del signal_and_frame
        self._stopping = True

    def run(self) -> None:
        """Work until `stop`."""
        while self._goes_on():
            for tick in self._ticks:
                if self._goes_on():
                    run_if_due(self._app, tick)
            clock.sleep(PAUSE_SECONDS)

    def _goes_on(self) -> bool:
        """Whether to go on; beats on the way, so that many small pieces of work do not look like death."""
        run_if_due(self._app, self._heartbeat)
        return not self._stopping

    def _beat(self) -> bool:
        with transaction("heartbeat"):
            beat(WORKER)
        return False

    def _deliver(self) -> bool:
        return deliver_due(self._senders, AFTERWARDS, go_on=self._goes_on) > 0


def run_if_due(app: Flask, tick: Tick) -> None:
    """Run a tick whose time has come in a context, and so with a session, of its own; an error is logged."""
    if clock.monotonic() < tick.due_at:
        return
    with app.app_context():
        try:
            wait = 0.0 if tick.run() else tick.every
        except Exception as error:  # Whatever it is: the other ticks go on, and this one comes again.
            logs.write("ERROR", "tick failed", tick=tick.name, error=logs.describe(error))
            wait = max(tick.every, AFTER_FAILURE_SECONDS)
    tick.due_at = clock.monotonic() + wait
