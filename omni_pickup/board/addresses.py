"""Where the board's screens live, so that one room can lead to another without importing it."""

from __future__ import annotations

from urllib.parse import quote

from flask import url_for


def order_address(number: str) -> str:
    """The order sheet."""
    return url_for("board.show_order", number=number)


def wave_address(wave_id: str) -> str:
    """A walk through the shop, by its public id."""
    return f"/board/waves/{quote(wave_id)}"


def staging_address(order_id: str | None = None) -> str:
    """Packing and staging: all totes, or one order by its public id."""
    return f"/board/staging/{quote(order_id)}" if order_id else "/board/staging"


def handoff_address(order_id: str | None = None) -> str:
    """Handing over: finding somebody's order, or one order by its public id."""
    return f"/board/handoff/{quote(order_id)}" if order_id else "/board/handoff"


def returns_address(rma_number: str | None = None) -> str:
    """The returns desk, with one return on it if given."""
    return f"/board/returns/{quote(rma_number)}" if rma_number else "/board/returns"


def print_address(document: str, subject_id: str) -> str:
    """A document in the browser, such as `bag_label` of a package; every later one says COPY."""
    return f"/board/print/{quote(document)}/{quote(subject_id)}"
