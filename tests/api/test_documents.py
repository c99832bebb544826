"""The two public documents: for machines and for people."""

from __future__ import annotations

import re

from omni_pickup.api.documents import error_codes
from omni_pickup.api.endpoints import ENDPOINTS
from tests.api.conftest import Shop


def test_both_are_public_and_tell_readers_that_know_them_nothing_new(nobody: Shop) -> None:
    for path, kind in (("/openapi.json", "application/json"), ("/docs", "text/html; charset=utf-8")):
        answer = nobody.get(path)
        assert (answer.status_code, answer.content_type) == (200, kind)
        assert nobody.get(path, If_None_Match=answer.headers["ETag"]).status_code == 304


def test_the_document_is_openapi_3_1_with_a_bearer_key(nobody: Shop) -> None:
    document = nobody.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert {"/api/v1/orders", "/api/v1/stores/{code}/stock/{sku}", "/api/v1/events"} <= set(document["paths"])


def test_every_reference_in_the_document_leads_somewhere(nobody: Shop) -> None:
    answer = nobody.get("/openapi.json")
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert named <= set(answer.json["components"]["schemas"])


def test_problems_are_described_as_problem_json(nobody: Shop) -> None:
    paths = nobody.get("/openapi.json").json["paths"]
    for operation in (one for path in paths.values() for one in path.values()):
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            assert kinds <= ({"application/problem+json"} if int(status) >= 400 else {"application/json"})


def test_an_idempotency_key_is_required_in_the_document_where_the_contract_says_so(nobody: Shop) -> None:
    paths = nobody.get("/openapi.json").json["paths"]
    for one in ENDPOINTS:
        path = "/api/v1" + one.rule.replace("<", "{").replace(">", "}")
        headers = {
            parameter["name"]: parameter["required"]
            for parameter in paths[path][one.method.lower()]["parameters"]
            if parameter["in"] == "header"
        }
        assert headers.get("Idempotency-Key") == {"none": None, "taken": False, "required": True}[one.idempotency]


def test_the_page_lists_every_route_with_its_scope_and_every_error_code(nobody: Shop) -> None:
    page = nobody.get("/docs").text
    for one in ENDPOINTS:
        route = f"{one.method} /api/v1{one.rule}".replace("<", "{").replace(">", "}")
        row = page[page.index(f'href="#{one.name}"') :].partition("</tr>")[0]
        assert route in row
        assert one.scope in row
        assert f'id="{one.name}"' in page
    for code, status, _ in error_codes():
        assert f"<td>{status}</td><td><code>{code}</code></td>" in page


def test_error_codes_are_unique_and_hold_those_of_the_contract() -> None:
    codes = [code for code, _, _ in error_codes()]
    assert len(codes) == len(set(codes))
    assert {
        "idempotency_key_required",
        "idempotency_key_reused",
        "external_id_conflict",
        "insufficient_stock",
        "store_paused",
        "hold_used",
        "no_promise",
    } <= set(codes)


def test_the_page_needs_no_script_no_inline_style_and_no_other_host(nobody: Shop) -> None:
    page = nobody.get("/docs").text
    assert "<script" not in page
    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r'(?:src|href)="(?!/|#)([^"]+)"', page) == []
