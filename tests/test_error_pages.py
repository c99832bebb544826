"""Whatever goes wrong, machines get problem+json, htmx a fragment and people a page, and nobody a stack trace."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from flask import request
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from omni_pickup import create_app
from omni_pickup.config import Settings
from omni_pickup.errors import InsufficientStock, Invalid, Throttled, Unauthenticated
from omni_pickup.models import db
from omni_pickup.rules.problems import RuleProblem

SECRET_WORDS = "Ada Nowak's phone"


def _driver(error: Exception) -> OperationalError:
    return OperationalError(f"UPDATE x SET y = '{SECRET_WORDS}'", {}, error)


RAISED: dict[str, tuple[Callable[[], Exception], int, str]] = {
    "stock": (lambda: InsufficientStock(lines=[{"line_id": "1"}]), 409, "insufficient_stock"),
    "rule": (lambda: RuleProblem("That is no hour.", code="hour", pointer="/hours/mon"), 422, "invalid"),
    "invalid": (lambda: Invalid.at("/lines/0", "Too many."), 422, "invalid"),
    "throttled": (lambda: Throttled(retry_after=7), 429, "too_many_requests"),
    "unauthenticated": (Unauthenticated, 401, "unauthenticated"),
    "stale": (lambda: StaleDataError("row"), 409, "changed_meanwhile"),
    "pool": (PoolTimeout, 503, "busy"),
    "locked": (lambda: _driver(sqlite3.OperationalError("database is locked")), 503, "out_of_service"),
    "full": (lambda: _driver(sqlite3.OperationalError("database or disk is full")), 503, "out_of_service"),
    "replica": (lambda: _driver(psycopg.errors.FeatureNotSupported("recovery")), 503, "out_of_service"),
    "malformed": (lambda: sqlite3.DatabaseError("database disk image is malformed"), 503, "out_of_service"),
    "disk": (lambda: OSError(errno.ENOSPC, "No space left on device"), 503, "out_of_service"),
    "other_system_error": (lambda: OSError(errno.ENOENT, SECRET_WORDS), 500, "internal_error"),
    "integrity": (lambda: IntegrityError(SECRET_WORDS, {}, sqlite3.IntegrityError("x")), 500, "internal_error"),
    "bug": (lambda: ZeroDivisionError(SECRET_WORDS), 500, "internal_error"),
}


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    app = create_app(settings)

    def fail(name: str) -> str:
        raise RAISED[name][0]()

    app.add_url_rule("/api/v1/fail/<name>", "fail_api", fail)
    app.add_url_rule("/fail/<name>", "fail_page", fail)
    return app.test_client()


@pytest.mark.parametrize("name", RAISED)
def test_a_machine_gets_a_problem_document_with_a_stable_code(client: FlaskClient, name: str) -> None:
    response = client.get(f"/api/v1/fail/{name}")
    _, status, code = RAISED[name]
    document = json.loads(response.data)
    assert (response.status_code, document["status"], document["code"]) == (status, status, code)
    assert response.content_type == "application/problem+json"
    assert document["request_id"] == response.headers["X-Request-Id"]
    assert SECRET_WORDS.encode() not in response.data
    assert b"Traceback" not in response.data


@pytest.mark.parametrize("name", RAISED)
def test_a_person_gets_a_page_in_words(client: FlaskClient, name: str) -> None:
    response = client.get(f"/fail/{name}")
    assert response.status_code == RAISED[name][1]
    assert response.content_type == "text/html; charset=utf-8"
    assert response.data.startswith(b"<!doctype html>")
    assert f'id="error-{RAISED[name][2]}"' in response.text
    assert SECRET_WORDS not in response.text


def test_htmx_gets_the_same_words_as_a_fragment(client: FlaskClient) -> None:
    response = client.get("/fail/stock", headers={"HX-Request": "true"})
    assert response.text.startswith('<section id="error-insufficient_stock"')
    assert "HX-Request" in response.headers["Vary"]


def test_a_boosted_htmx_request_gets_a_whole_page(client: FlaskClient) -> None:
    response = client.get("/fail/stock", headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert response.text.startswith("<!doctype html>")


def test_an_expired_session_sends_htmx_to_the_login_instead_of_into_a_card(client: FlaskClient) -> None:
    response = client.get("/fail/unauthenticated", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == "/login"
    assert "HX-Redirect" not in client.get("/fail/unauthenticated").headers


def test_details_are_members_of_the_problem(client: FlaskClient) -> None:
    assert client.get("/api/v1/fail/stock").json["lines"] == [{"line_id": "1"}]  # type: ignore[index]
    assert client.get("/api/v1/fail/rule").json["errors"] == [  # type: ignore[index]
        {"pointer": "/hours/mon", "message": "That is no hour."}
    ]


@pytest.mark.parametrize(("name", "seconds"), [("throttled", "7"), ("pool", "1"), ("locked", "5"), ("disk", "5")])
def test_who_may_try_again_is_told_when(client: FlaskClient, name: str, seconds: str) -> None:
    assert client.get(f"/api/v1/fail/{name}").headers["Retry-After"] == seconds


def test_unknown_addresses_and_methods_have_our_shape(client: FlaskClient) -> None:
    missing = client.get("/api/v1/nothing")
    assert (missing.status_code, missing.json["code"]) == (404, "not_found")  # type: ignore[index]
    wrong = client.delete("/healthz")
    assert (wrong.status_code, sorted(wrong.headers["Allow"].split(", "))) == (405, ["GET", "HEAD", "OPTIONS"])
    assert wrong.data.startswith(b"<!doctype html>")


def test_a_body_over_the_limit_is_413(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"body_limit_bytes": 1024}))
    app.add_url_rule("/api/v1/read", "read", lambda: request.get_data(as_text=True), methods=["PUT"])
    app.extensions["csrf"].exempt(app.view_functions["read"])
    response = app.test_client().put("/api/v1/read", data=b"x" * 2000)
    assert (response.status_code, response.content_type) == (413, "application/problem+json")


def test_a_redirect_stays_a_redirect(own_app: OpenAPI) -> None:
    own_app.add_url_rule("/folder/", "folder", lambda: "x")
    assert own_app.test_client().get("/folder").status_code == 308


def test_a_bug_is_raised_to_the_test_that_meets_it(settings: Settings) -> None:
    app = create_app(settings)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/bug")


def test_the_log_names_the_place_of_a_bug_but_not_its_words(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.get("/fail/bug")
    written = capsys.readouterr().err
    assert "ZeroDivisionError at " in written
    assert "test_error_pages" in written
    assert SECRET_WORDS not in written


def test_a_database_file_that_went_away_is_503_and_comes_back(own_app: OpenAPI, settings: Settings) -> None:
    how_many = db.text("SELECT count(*) FROM stores")
    own_app.add_url_rule("/api/v1/count", "count", lambda: str(db.session.scalar(how_many)))
    path = settings.sqlite_path
    assert path is not None
    assert own_app.test_client().get("/api/v1/count").data == b"0"
    db.session.remove()
    db.engine.dispose()
    hidden = path.rename(path.with_name("away"))
    path.mkdir()
    assert own_app.test_client().get("/api/v1/count").status_code == 503
    path.rmdir()
    hidden.rename(path)
    assert own_app.test_client().get("/api/v1/count").status_code == 200
