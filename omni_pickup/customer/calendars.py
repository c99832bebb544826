"""The order as an entry for the customer's calendar (RFC 5545). It holds no code and no link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.customer.frames import words_for
from omni_pickup.customer.visits import visited_order
from omni_pickup.errors import NotFound
from omni_pickup.models.orders import Order
from omni_pickup.queries.papers.paper_facts import address_lines
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES

#: Octets of one line, its end not counted (RFC 5545, 3.1).
_LONGEST = 75


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's addresses on the customer's face."""
    blueprint.get("/p/o/<number>/pickup.ics")(download)


def download(number: str) -> Response:
    """A file that calendars open. Raises NotFound once there is nothing to collect."""
    order = visited_order(number)
    if order.state not in ORDER_OPEN_STATES:
        raise NotFound
    response = Response(_calendar(order), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="pickup-{order.number}.ics"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _calendar(order: Order) -> bytes:
    words = words_for(order.contact.language, order.store)
    _ = words.say
    title = _("Collect order %(number)s", number=int(order.number)).striptags()
    until = _("Please collect it %(by)s.", by=words.by(order.hold_until)).striptags() if order.hold_until else ""
    start = _start(order)
    place = ", ".join((order.store.name, *address_lines(order.store.address)))
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//omni_pickup//pickup//EN",
        "BEGIN:VEVENT",
        f"UID:{order.public_id}@omni-pickup",
        f"DTSTAMP:{_stamp(clock.now())}",
        f"DTSTART:{_stamp(start)}",
        f"DTEND:{_stamp(start + timedelta(minutes=30))}",
        f"SUMMARY:{_text(title)}",
        f"LOCATION:{_text(place)}",
        f"DESCRIPTION:{_text(until)}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(_folded(line) for line in lines)


def _start(order: Order) -> datetime:
    """When it is promised; once it is ready, when the door is open."""
    ahead = max(clock.now(), order.promised_at)
    return hours_of(order.store).next_open(ahead) or ahead


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """RFC 5545, 3.3.11; a line end of somebody's making would begin a property of its own."""
    kept = " ".join(value.split())
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> bytes:
    """Lines are folded by octets, never inside a character (RFC 5545, 3.1)."""
    folded, part = b"", b""
    for char in line:
        octets = char.encode()
        if len(part) + len(octets) > _LONGEST:
            folded, part = folded + part + b"\r\n", b" "
        part += octets
    return folded + part + b"\r\n"
