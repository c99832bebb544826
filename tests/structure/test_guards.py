"""Nothing is open by oversight: every route is tried by somebody without any right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.routing import Rule

from omni_pickup import create_app
from omni_pickup.config import Settings
from omni_pickup.models import db
from omni_pickup.models.events import Event
from omni_pickup.visitors import is_public

#: What anybody may read, each for its reason: probes, the API's own documents, assets.
OPEN = {"health.alive", "health.ready", "api.openapi", "api.docs", "static"}
#: Closed by a secret of their own, which their own tests try.
OWN_SECRET = {"health.metrics"}
GUARDED = {"api", "board", "office", "entrance", "customer"}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def _rules(app: OpenAPI) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OPEN | OWN_SECRET:
            yield rule


def _path(rule: Rule) -> str:
    values = {
        name: 1 if type(converter).__name__ == "IntegerConverter" else "x"
        for name, converter in rule._converters.items()
    }
    built = rule.build(values)
    assert built is not None
    return built[1]


def _attempts(app: OpenAPI, *, face: str, methods: tuple[str, ...]) -> Iterator[tuple[Rule, str]]:
    for rule in _rules(app):
        for method in sorted((rule.methods or set()) & set(methods)):
            if rule.endpoint.startswith(f"{face}."):
                yield rule, method


def _without_tokens(settings: Settings) -> FlaskClient:
    """A client whose requests are not stopped by CSRF, so that the guard behind it is what is tried."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def test_every_route_belongs_to_a_guarded_face(app: OpenAPI) -> None:
    assert {rule.endpoint.split(".")[0] for rule in _rules(app)} <= GUARDED


def test_every_api_route_needs_a_key(app: OpenAPI) -> None:
    client = app.test_client()
    tried = 0
    for rule, method in _attempts(app, face="api", methods=("GET", *UNSAFE)):
        for headers in ({}, {"Authorization": "Bearer omni_wrong"}):
            response = client.open(_path(rule), method=method, headers=headers, json={})
            assert response.status_code == 401, f"{method} {rule}"
            assert "WWW-Authenticate" in response.headers
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("face", ["board", "office"])
def test_every_staff_page_needs_a_person(app: OpenAPI, settings: Settings, face: str) -> None:
    client = _without_tokens(settings)
    tried = 0
    for rule, method in _attempts(app, face=face, methods=("GET", *UNSAFE)):
        if is_public(rule.endpoint):
            continue
        response = client.open(_path(rule), method=method)
        turned_away = response.status_code == 401 or (response.status_code == 303 and method == "GET")
        assert turned_away, f"{method} {rule} answered {response.status_code}"
        tried += 1
    assert tried > 0
    assert db.session.scalars(db.select(Event)).all() == []


def test_the_public_pages_of_staff_are_these(app: OpenAPI) -> None:
    """A new one is a decision, and this list is where it is made."""
    found = {rule.endpoint for rule in _rules(app) if is_public(rule.endpoint)}
    assert found == {
        "board.show_enrolment",
        "board.enrol",
        "board.enrol_by_code",
        "board.show_lock",
        "board.unlock",
        "entrance.show_sign_in",
        "entrance.sign_in",
        "entrance.sign_out",
        "entrance.show_setup",
        "entrance.finish_setup",
        "entrance.choose_language",
    }


def test_every_change_from_a_page_needs_its_token(app: OpenAPI) -> None:
    client = app.test_client()
    tried = 0
    for face in GUARDED - {"api"}:
        for rule, method in _attempts(app, face=face, methods=UNSAFE):
            response = client.open(_path(rule), method=method, data={"csrf_token": "wrong"})
            assert response.status_code == 400, f"{method} {rule} answered {response.status_code}"
            tried += 1
    assert tried > 5


def test_only_faces_with_keys_are_exempt_from_tokens(app: OpenAPI) -> None:
    csrf = app.extensions["csrf"]
    assert {blueprint.name for blueprint in csrf._exempt_blueprints} == {"api"}
    assert csrf._exempt_views == set()


def test_reading_changes_nothing_even_without_a_right(app: OpenAPI, settings: Settings) -> None:
    client = _without_tokens(settings)
    for rule in _rules(app):
        if "GET" in (rule.methods or set()):
            client.get(_path(rule))
            client.head(_path(rule))
    assert db.session.scalars(db.select(Event)).all() == []
