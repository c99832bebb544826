"""The task list: put-backs, counts, searches, answers and transfers, one tab each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.errors import NotFound
from omni_pickup.queries.picking.boards import to_do_counts
from omni_pickup.queries.picking.task_lists import answer_rows, task_rows, transfer_items
from omni_pickup.visitors import current_visitor

KINDS = ("put_back", "count", "search", "answers", "transfers")


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/tasks/<kind>")(show_tasks)


def show_tasks(kind: str) -> Response:
    """One tab, or what changed on it for htmx. Raises NotFound."""
    if kind not in KINDS:
        raise NotFound("There is no such list.")
    return show_live("board/tasks.html", "board/_tasks.html", lambda: _context(kind))


def _context(kind: str) -> dict[str, Any]:
    store, now, visitor = current_store(), clock.now(), current_visitor()
    rows = task_rows(store, kind) if kind != "answers" else []
    return {
        "store": store,
        "now": now,
        "kind": kind,
        "me": visitor.staff_id if visitor else None,
        "counts": to_do_counts(store, now),
        "rows": rows,
        "answers": answer_rows(store, now) if kind == "answers" else [],
        "goods": transfer_items(rows),
    }
