"""/events: everything that happened to a channel's orders, returns and stores, to be followed by a cursor."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from omni_pickup.api.endpoints import Answer, Call, endpoint
from omni_pickup.api.fields import Shape, StoreCode
from omni_pickup.api.paths import store_named
from omni_pickup.api.queries import DEFAULT_LIMIT, Limit, Query, make_cursor, read_cursor
from omni_pickup.queries.orders.event_feeds import Place, Reader, feed_page

EventType = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+))$",
        description="`order.ready`, or `order.*` for all of a noun.",
        examples=["order.*"],
    ),
]


class EventQuery(Query):
    after: Annotated[str | None, Field(max_length=400, description="`next` of the page before.")] = None
    type: Annotated[list[EventType], Field(max_length=50)] = []
    store: Annotated[list[StoreCode], Field(max_length=100)] = []
    limit: Limit = DEFAULT_LIMIT


class EventShape(Shape):
    id: str
    type: str
    occurred_at: str
    recorded_at: str
    store: str | None
    data: dict[str, Any]


class EventsShape(Shape):
    events: list[EventShape]
    next: Annotated[str, Field(description="Never null; ask again with it as `after`.")]


@endpoint("GET", "/events", scope="events:read", answers={200: EventsShape})
def list_events(call: Call, query: EventQuery) -> Answer:
    """Follow what happened."""
    place = Place(*read_cursor(query.after, int, int, int, parameter="after")) if query.after else Place()
    stores = [store_named(call.caller, code, "/store").id for code in query.store]
    reader = Reader(call.caller.client_id, call.caller.store_ids)
    found, behind = feed_page(reader, place, types=query.type, store_ids=stores, limit=query.limit)
    next_ = make_cursor(behind.event_id, behind.gap_xid, behind.gap_upto)
    return Answer({"events": found, "next": next_})
