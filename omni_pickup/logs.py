"""What the program writes about itself: one line of JSON for each thing, on standard error, without personal data."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from contextvars import ContextVar

from omni_pickup import clock

#: The id of the request that is being answered here, if any.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def write(level: str, message: str, **fields: object) -> None:
    """One line of JSON on standard error, with the time and the request's id.

    A full disk behind standard error costs the line and not the answer that it is about.
    """
    line = {"at": clock.now().isoformat(), "level": level, "message": message}
    if answering := request_id.get():
        line["request_id"] = answering
    with suppress(OSError):
        sys.stderr.write(json.dumps(line | fields, ensure_ascii=True, default=str) + "\n")
        sys.stderr.flush()


def describe(error: BaseException) -> str:
    """Where an error came from, without its message, which may quote what a customer typed."""
    frame = error.__traceback__
    places = []
    while frame is not None:
        places.append(f"{frame.tb_frame.f_globals.get('__name__')}:{frame.tb_lineno}")
        frame = frame.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-8:])}"
