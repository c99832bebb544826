"""Numbers for Prometheus: requests as they pass, and what waits in the database when it asks.

Each web process counts its own requests; the waiting figures come from the database and are the same in all.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from omni_pickup import clock
from omni_pickup.queries.promises import backlogs

REQUESTS = Histogram(
    "omni_request_seconds",
    "Time from the first byte to the answer.",
    ("method", "endpoint", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
#: Any other method is somebody's invention, and each one would be a series of its own.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Count each answer by endpoint, never by path, which may hold a token."""
    app.after_request(_count)


def _count(response: Response) -> Response:
    method = request.method if request.method in _METHODS else "other"
    labels = (method, request.endpoint or "none", str(response.status_code))
    REQUESTS.labels(*labels).observe(clock.monotonic() - g.request_began)
    return response


class _Backlogs(Collector):
    """Read when asked, so that no gauge can be forgotten."""

    def collect(self) -> Iterator[Metric]:
        orders = GaugeMetricFamily("omni_open_orders", "Orders that still need someone.", labels=("state",))
        for state, count in backlogs.open_orders().items():
            orders.add_metric((state,), count)
        outbox = GaugeMetricFamily("omni_outbox_messages", "Messages not yet told.", labels=("state",))
        for state, count in backlogs.untold_messages().items():
            outbox.add_metric((state,), count)
        yield from (orders, outbox)


def backlog_registry() -> CollectorRegistry:
    """Apart from the process's registry, because it needs the app's context to be read."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Backlogs())
    return registry
