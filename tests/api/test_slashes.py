"""Escaped slashes on their way from the request line to the handler."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.api.slashes import KeepSlashes, restore


def raw_path_seen(environ: dict[str, Any]) -> str:
    """What the app behind the middleware gets as its path."""
    seen: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        return []

    KeepSlashes(app, "/api/v1/")(environ, lambda *_: lambda _: None)
    return seen[0]


def path_seen(environ: dict[str, Any]) -> str:
    """The same with escaped slashes restored."""
    return restore(raw_path_seen(environ))


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize("slash", ["%2F", "%2f"])
def test_an_escaped_slash_does_not_part_the_path(name: str, slash: str) -> None:
    environ = {"PATH_INFO": "/api/v1/items/A/B", name: f"/api/v1/items/A{slash}B?x=%2F"}
    assert raw_path_seen(dict(environ)).count("/") == 4
    assert path_seen(environ) == "/api/v1/items/A/B"


def test_other_escapes_are_decoded_as_servers_do() -> None:
    environ = {"PATH_INFO": "", "RAW_URI": "/api/v1/items/%C5%81%2F%25"}
    assert path_seen(environ).encode("latin-1").decode() == "/api/v1/items/Ł/%"


def test_a_prefix_that_the_app_is_mounted_under_is_taken_off() -> None:
    environ = {"PATH_INFO": "", "SCRIPT_NAME": "/shop", "RAW_URI": "/shop/api/v1/items/A%2FB"}
    assert path_seen(environ) == "/api/v1/items/A/B"


@pytest.mark.parametrize("raw", [{}, {"RAW_URI": "/board/A%2FB"}, {"RAW_URI": "/api/v1/items/A"}])
def test_everything_else_passes_as_it_came(raw: dict[str, str]) -> None:
    assert path_seen({"PATH_INFO": "/as/it/came", **raw}) == "/as/it/came"
