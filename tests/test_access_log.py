"""The log tells what happened without telling who, or with which token."""

from __future__ import annotations

import json

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import create_app
from omni_pickup.access_log import masked_path
from omni_pickup.config import Settings


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        ("/p/abcDEF123", "", "/p/***"),
        ("/p/abcDEF123/check-in", "", "/p/***/check-in"),
        ("/r/abcDEF123", "", "/r/***"),
        ("/p/o/A7K2", "", "/p/o/A7K2"),
        ("/setup", "token=abc", "/setup?token=***"),
        ("/board/find", "q=Nowak&store=WAW-01", "/board/find?q=***&store=***"),
        ("/api/v1/orders", "", "/api/v1/orders"),
        ("/login", "next", "/login?next=***"),
    ],
)
def test_tokens_and_typed_words_are_masked(path: str, query: str, shown: str) -> None:
    assert masked_path(path, query) == shown


def test_each_request_is_one_line_of_json(app: OpenAPI, capsys: pytest.CaptureFixture[str]) -> None:
    response = app.test_client().get("/p/secret-token?token=other-secret")
    lines = capsys.readouterr().err.splitlines()
    line = json.loads(lines[-1])
    assert len(lines) == 1
    assert (line["method"], line["path"], line["status"]) == ("GET", "/p/***?token=***", 404)
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert "secret" not in lines[0]


def test_a_line_cannot_be_broken_by_what_was_sent(app: OpenAPI, capsys: pytest.CaptureFixture[str]) -> None:
    app.test_client().get("/x%0A%7B%22level%22%3A1%7D%E2%80%AE")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["path"] == '/x\n{"level":1}\u202e'


def test_a_request_id_is_taken_over_only_from_a_trusted_proxy(settings: Settings) -> None:
    sent = {"X-Request-Id": "from-outside-1"}
    assert create_app(settings).test_client().get("/healthz", headers=sent).headers["X-Request-Id"] != "from-outside-1"
    trusting = create_app(settings.model_copy(update={"trusted_proxies": 1})).test_client()
    assert trusting.get("/healthz", headers=sent).headers["X-Request-Id"] == "from-outside-1"
    odd = trusting.get("/healthz", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"]
    assert odd.startswith("req_")


def test_warnings_only_means_no_line_for_a_good_request(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    create_app(settings.model_copy(update={"log_level": "WARNING"})).test_client().get("/healthz")
    assert capsys.readouterr().err == ""
