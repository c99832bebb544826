"""What the board's scripts read when something was not done."""

from __future__ import annotations

from flask import jsonify
from werkzeug.wrappers import Response

from omni_pickup.error_pages import problem
from omni_pickup.errors import OperationError
from omni_pickup.refusal_words import say_document


def refusal(error: OperationError) -> Response:
    """The problem document of an error (RFC 9457), in the words of who taps."""
    response = jsonify(say_document(problem(error)))
    response.status_code = error.status
    response.content_type = "application/problem+json"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response
