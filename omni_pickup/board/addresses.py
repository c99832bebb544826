"""Where the board's screens live, so that one room can lead to another without importing it."""

from __future__ import annotations

from urllib.parse import quote

from flask import url_for


def board_address() -> str:
    """The board itself."""
    return url_for("board.show_board")


def order_address(number: str) -> str:
    """The order sheet."""
    return url_for("board.show_order", number=number)


def wave_address(wave_id: str) -> str:
    """A walk through the shop, by its public id."""
    return f"/board/waves/{quote(wave_id)}"


def staging_address(order_id: str | None = None, *, wave: str | None = None) -> str:
    """Packing and staging: all totes, one order, or one walk's totes, by their public ids."""
    if order_id:
        return f"/board/staging/{quote(order_id)}"
    return f"/board/staging?wave={quote(wave)}" if wave else "/board/staging"


def handoff_address(order_id: str | None = None) -> str:
    """Handing over: finding somebody's order, or one order by its public id."""
    return f"/board/handoff/{quote(order_id)}" if order_id else "/board/handoff"


def handoff_elsewhere_address(store_code: str, *, ready: bool) -> str:
    """Words for somebody whose order is at another store, and the way there."""
    return f"/board/handoff?elsewhere={quote(store_code)}{'&ready=1' if ready else ''}"


def returns_address(rma_number: str | None = None) -> str:
    """The returns desk, with one return on it if given."""
    return f"/board/returns/{quote(rma_number)}" if rma_number else "/board/returns"


def print_address(document: str, subject_id: str) -> str:
    """A document in the browser, such as `bag_label` of a package; every later one says COPY."""
    return url_for("board.show_print", document=document, subject=subject_id)
