"""A tablet's command as it comes in: JSON from the script, or a form without it.

Form values are texts; a name like `pieces:int`, `keyholder:bool` or `bags:json` says what else a value is, and the
script reads the same names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from omni_pickup import keys
from omni_pickup.errors import Invalid, Unreadable
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.meanings import instant_of

#: Members of a command that are not its payload.
_ENVELOPE = frozenset({"action_id", "kind", "tapped_at", "device", "csrf_token", "next", "approval"})
_READERS: Mapping[str, Callable[[str], Any]] = {"int": int, "bool": lambda text: text == "true", "json": json.loads}


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody tapped; `tapped_at` is the tablet's word for when, `approval` a manager's nod.

    The nod is no part of the payload, because the same command with another nod is the same command.
    """

    action_id: str
    kind: str
    tapped_at: datetime | None
    payload: Mapping[str, Any]
    approval: str


def read_command() -> Command:
    """The command in this request. Raises Unreadable, Invalid."""
    body = request.get_json(silent=True) if request.is_json else _form()
    if not isinstance(body, dict):
        raise Unreadable("A command is an object.")
    action_id, kind = body.get("action_id"), body.get("kind")
    if not isinstance(action_id, str) or not isinstance(kind, str):
        raise Invalid.at("/kind", "A command names its action_id and kind.")
    payload = {name: value for name, value in body.items() if name not in _ENVELOPE}
    approval = body.get("approval")
    return Command(
        action_id, kind, _tapped_at(body.get("tapped_at")), payload, approval if isinstance(approval, str) else ""
    )


def _form() -> dict[str, Any]:
    """A form without an `action_id` was never sent before, because a script would have given it one."""
    values: dict[str, Any] = {"action_id": keys.new_id("act")}
    for field, text in request.form.items():
        name, _, kind = field.partition(":")
        if kind:
            values[name] = _typed(name, text, kind)
        elif text:
            values[name] = text
    return values


def _typed(name: str, text: str, kind: str) -> Any:
    try:
        return _READERS[kind](text)
    except (KeyError, ValueError):
        raise Invalid.at(f"/{name}", sentence("%(name)s is not right.", name=name)) from None


def _tapped_at(given: Any) -> datetime | None:
    try:
        return instant_of(given) if isinstance(given, str) else None
    except RuleProblem as problem:
        raise Invalid.at("/tapped_at", problem.message) from problem
