"""What scripts and templates of every working screen know; see templates/board/frame.html."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from flask_babel import gettext as _

from omni_pickup import clock
from omni_pickup.board import addresses
from omni_pickup.board.guards import current_store
from omni_pickup.builds import build_id


def add_facts(blueprint: Blueprint) -> None:
    """Give the board's templates the frame's facts, and all macros the ways between screens."""
    ways = {name: getattr(addresses, name) for name in dir(addresses) if name.endswith("_address")}
    blueprint.context_processor(lambda: {"frame_facts": frame_facts})
    blueprint.record_once(lambda state: state.app.jinja_env.globals.update(ways))


def frame_facts() -> dict[str, Any]:
    """Addresses, the server's time and the words that scripts say; `#` stands for a time or number."""
    store = current_store()
    return {
        "store": store.code,
        "zone": store.timezone,
        "now": clock.now().isoformat(),
        "build": build_id(),
        "live": url_for("board.stream"),
        "act": url_for("board.act"),
        "find": url_for("board.find"),
        "lock": url_for("board.show_lock"),
        "alarm": url_for("board.show_alarm"),
        "words": {
            "offline": _("No connection since %(time)s", time="#"),
            "undo": _("Undo, %(seconds)s s", seconds="#"),
            "unsent": _("Not sent: no connection"),
            "again": _("Nothing is lost. Tap it again when the connection is back."),
            "refused": _("This was not done."),
            "unknown": _("This code belongs to no order that is open here"),
            "new": _("%(number)s new", number="#"),
            "waits": _("%(name)s is here", name="#"),
            "more": _("and %(number)s more", number="#"),
            "door": _("At the door"),
        },
    }
