"""The one route on which everything happens that people do on the floor; the answer is never earlier than the deed."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, jsonify, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.board.answers import Answer, answer_to
from omni_pickup.board.approvals import approver_of
from omni_pickup.board.commands import Command, read_command
from omni_pickup.board.guards import need_device
from omni_pickup.board.refusals import refusal
from omni_pickup.errors import OperationError
from omni_pickup.models import transaction
from omni_pickup.pages import go_to
from omni_pickup.services.floor.floor_actions import perform_action
from omni_pickup.visitors import current_actor, safe_next


def add_routes(blueprint: Blueprint) -> None:
    """Put the command route on the board."""
    blueprint.post("/actions")(act)


def act() -> Response:
    """Do one command. Scripts get JSON, htmx a trigger for its fragments, a plain form the next page."""
    try:
        command = read_command()
        answer = _perform(command)
    except OperationError as error:
        if not _wants_json():
            raise
        return refusal(error)
    if _wants_json():
        return jsonify(answer.as_json())
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Trigger": "live"})
    return go_to(safe_next(request.form.get("next"), answer.go or url_for("board.show_board")))


def _perform(command: Command) -> Answer:
    device, by = need_device(), current_actor()
    if command.approval:
        about = str(command.payload.get("order") or command.payload.get("return") or "")
        by = replace(by, approver_id=approver_of(command.approval, device=device, order_id=about))
    with transaction("floor_action"):
        result = perform_action(
            command.action_id,
            store=device.store,
            device_id=device.id,
            kind=command.kind,
            payload=command.payload,
            tapped_at=command.tapped_at,
            by=by,
        )
    return answer_to(command.kind, result)


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
