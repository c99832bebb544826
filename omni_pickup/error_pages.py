"""One answer for everything that goes wrong: problem+json for machines, a fragment for htmx, a page for people.

Nothing here touches the database or the signed-in person, because either may be what is out of order.
"""

from __future__ import annotations

import errno
import json
import re
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from omni_pickup import logs, outages
from omni_pickup.errors import Busy, ChangedMeanwhile, Invalid, OperationError, OutOfService
from omni_pickup.page_languages import known_language, language_facts
from omni_pickup.refusal_words import say_document
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence

LOGIN_PATH = "/login"
#: The disk is full or broken, or a right was taken away: the operator can mend it while we run.
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE})
#: What driver classes say about us rather than about the database's health. NotSupportedError is not among them: a
#: PostgreSQL replica answers every change with it until it takes over.
_OUR_FAULT = frozenset({"IntegrityError", "ProgrammingError", "DataError"})
_WORDS = {
    400: sentence("The browser sent something that could not be read. Go back, reload the page and try again."),
    404: sentence("There is no such page. The link may be old, or mistyped."),
    405: sentence("This address does not take that kind of request."),
    413: sentence("What was sent is larger than this server accepts."),
    415: sentence("This server cannot read that kind of content."),
    429: sentence("That was too many requests in a short time. Wait a moment and try again."),
    500: sentence(
        "Something went wrong on our side. Nothing was changed. It has been written down with the number below."
    ),
}


def init_app(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(OperationError, _operation_error)
    app.register_error_handler(RuleProblem, _rule_problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StaleDataError, lambda _: answer(ChangedMeanwhile()))
    app.register_error_handler(TimeoutError, lambda _: answer(Busy()))
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(sqlite3.Error, _database_error)
    app.register_error_handler(OSError, _system_error)
    app.register_error_handler(Exception, _unexpected)


def problem(error: OperationError, status: int | None = None) -> dict[str, Any]:
    """The RFC 9457 document of an error, its details as extension members."""
    return {
        "type": f"urn:omni-pickup:problem:{error.code}",
        "title": error.title,
        "status": status or error.status,
        "detail": error.message,
        "code": error.code,
        "request_id": g.get("request_id", ""),
        **{name: value for name, value in error.details.items() if value is not None},
    }


def answer(error: OperationError, *, headers: Mapping[str, str] | None = None) -> Response:
    """`error` in the shape that its reader understands."""
    response = Response(status=error.status)
    if request.path.startswith("/api/"):
        response.content_type = "application/problem+json"
        response.data = json.dumps(problem(error), ensure_ascii=False).encode(errors="replace")
    else:
        response.content_type = "text/html; charset=utf-8"
        response.data = _page(error).encode(errors="replace")
        response.vary.add("HX-Request")
        if error.status == HTTPStatus.UNAUTHORIZED and _is_htmx():
            response.headers["HX-Redirect"] = g.get("sign_in_path", LOGIN_PATH)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def _page(error: OperationError) -> str:
    """Rendered without the context processors, which would ask the database who is signed in."""
    template = current_app.jinja_env.get_template("_error.html" if _is_htmx() else "error.html")
    with force_locale(known_language()):
        document = say_document(problem(error))
        return template.render(error=document, login_path=g.get("sign_in_path", LOGIN_PATH), **language_facts())


def _operation_error(error: OperationError) -> Response:
    return answer(error)


def _rule_problem(problem: RuleProblem) -> Response:
    return answer(Invalid.at(problem.pointer or "", problem.message))


def _http_error(error: HTTPException) -> Response | HTTPException:
    """Redirects and ready-made answers pass; the rest gets our shape and keeps its headers, such as Allow."""
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    return answer(_from_http(error), headers=kept)


def _from_http(error: HTTPException) -> OperationError:
    status = HTTPStatus(error.code or 500)
    words = _WORDS.get(status, status.description or status.phrase)
    shown = OperationError(words if status in _WORDS else str(error.description or words))
    return _named(shown, code=re.sub(r"\W+", "_", status.phrase.lower()), status=status, title=status.phrase)


def _named(error: OperationError, *, code: str, status: int, title: str) -> OperationError:
    """The class's own values overlaid for one error that stands for a status instead of an operation."""
    vars(error).update(code=code, status=int(status), title=title)
    return error


def _database_error(error: Exception) -> Response:
    """Gone, locked, full or read-only: try again later. Anything else is a fault of ours, and answers so."""
    original = error.orig if isinstance(error, DBAPIError) else error
    names = {kind.__name__ for kind in type(original).__mro__}
    if isinstance(error, IntegrityError) or names & _OUR_FAULT:
        return _unexpected(error)
    outages.suspect()
    logs.write("ERROR", "database", error=logs.describe(error), reason=str(original)[:200])
    return answer(OutOfService())


def _system_error(error: OSError) -> Response:
    if error.errno not in _DISK_ERRORS:
        return _unexpected(error)
    outages.suspect()
    logs.write("ERROR", "system", error=logs.describe(error), reason=error.strerror)
    return answer(OutOfService())


def _unexpected(error: Exception) -> Response:
    logs.write("ERROR", "unexpected", error=logs.describe(error))
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    shown = OperationError(_WORDS[500])
    return answer(_named(shown, code="internal_error", status=500, title="Something went wrong on our side"))
