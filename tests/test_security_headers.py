"""Every answer carries the same walls, and no name or address that a client makes up is believed."""

from __future__ import annotations

import pytest
from flask import request, session, url_for
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from omni_pickup import create_app
from omni_pickup.builds import build_id
from omni_pickup.config import ConfigError, Settings

PATHS = ("/healthz", "/readyz", "/nothing", "/api/v1/nothing", "/static/css/staff.css", "/static/nothing")


def _client(settings: Settings, **changes: object) -> FlaskClient:
    app = create_app(settings.model_copy(update=changes))

    def echo() -> dict[str, object]:
        session["seen"] = True
        return {"host": request.host, "scheme": request.scheme, "remote": request.remote_addr}

    app.add_url_rule("/echo", "echo", echo)
    return app.test_client()


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_every_wall(own_app: OpenAPI, path: str) -> None:
    headers = own_app.test_client().get(path).headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {"form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"} <= set(policy)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["X-Build"] == build_id()


def test_plain_http_promises_no_strict_transport(settings: Settings) -> None:
    headers = _client(settings, base_url="http://127.0.0.1:8000").get("/healthz").headers
    assert "Strict-Transport-Security" not in headers


def test_only_fingerprinted_assets_may_be_kept(own_app: OpenAPI) -> None:
    client = own_app.test_client()
    with own_app.test_request_context():
        address = url_for("static", filename="css/staff.css")
    assert address == f"/static/css/staff.css?v={build_id()}"
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/css/staff.css?v=old").headers["Cache-Control"]
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


def test_a_view_may_choose_its_own_caching(own_app: OpenAPI) -> None:
    own_app.add_url_rule("/feed", "feed", lambda: ("x", {"Cache-Control": "private, no-cache"}))
    assert own_app.test_client().get("/feed").headers["Cache-Control"] == "private, no-cache"


def test_cookies_behind_https_are_bound_to_this_host(settings: Settings) -> None:
    cookie = _client(settings).get("/echo").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_cookies_on_loopback_work_without_https(settings: Settings) -> None:
    cookie = _client(settings, base_url="http://127.0.0.1:8000").get("/echo").headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "Secure" not in cookie


@pytest.mark.parametrize("host", ["evil.example", "pickup.example:444", "pickup.example.evil.example", "localhost"])
def test_a_forged_host_is_refused(settings: Settings, host: str) -> None:
    response = _client(settings).get("/echo", headers={"Host": host})
    assert response.status_code == 421
    assert host not in response.text


def test_a_probe_may_ask_by_address(settings: Settings) -> None:
    assert _client(settings).get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200


def test_metrics_asked_by_address_ask_for_their_token_alone(settings: Settings) -> None:
    client = _client(settings, metrics_token="t" * 32)
    assert client.get("/metrics", headers={"Host": "10.0.0.7:8000"}).status_code == 401


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_every_name_of_this_machine_is_the_same_on_loopback(settings: Settings, host: str) -> None:
    client = _client(settings, base_url="http://127.0.0.1:8000")
    assert client.get("/echo", headers={"Host": host}).status_code == 200
    assert client.get("/echo", headers={"Host": "evil.example:8000"}).status_code == 421


def test_forwarded_headers_change_nothing_without_a_trusted_proxy(settings: Settings) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"}
    client = _client(settings)
    assert client.get("/echo", headers=forged).json == client.get("/echo").json


def test_one_trusted_proxy_is_believed_for_one_hop(settings: Settings) -> None:
    client = _client(settings, trusted_proxies=1)
    sent = {"X-Forwarded-For": "6.6.6.6, 10.1.2.3", "X-Forwarded-Proto": "https"}
    assert client.get("/echo", headers=sent).json == {
        "host": "pickup.example",
        "scheme": "https",
        "remote": "10.1.2.3",
    }


def test_a_proxy_cannot_rename_the_server_either(settings: Settings) -> None:
    response = _client(settings, trusted_proxies=1).get("/echo", headers={"X-Forwarded-Host": "evil.example"})
    assert response.status_code == 421


def test_the_debugger_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(ConfigError, match="debugger"):
        create_app(settings)
