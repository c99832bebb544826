"""Documents that a shop's programs send, ready to be changed by a test."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Shop

ALWAYS_OPEN = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def store_body(**changes: Any) -> dict[str, Any]:
    """A store that never closes, so that no test depends on the hour."""
    return {
        "name": "Warszawa Centrum",
        "timezone": "Europe/Warsaw",
        "latitude": 52.23,
        "longitude": 21.01,
        "address": {"street": "Marszałkowska 1", "city": "Warszawa", "postal_code": "00-001", "country": "PL"},
        "hours": ALWAYS_OPEN,
        "pickup": {"in_store": True, "curbside": True, "prep_minutes": 60, "hold_days": 3, "bays": ["1", "2"]},
        **changes,
    }


def item_body(**changes: Any) -> dict[str, Any]:
    """A T-shirt."""
    return {"name": "T-shirt", "price": {"amount": "19.90", "currency": "PLN"}, **changes}


def order_body(external_id: str = "1001", **changes: Any) -> dict[str, Any]:
    """Two T-shirts for Ada."""
    return {
        "external_id": external_id,
        "store": "WAW-01",
        "customer": {"name": "Ada Nowak", "email": "ada@example.com"},
        "lines": [
            {"line_id": "1", "sku": "TEE", "quantity": 2, "unit_price": {"amount": "19.90", "currency": "PLN"}},
        ],
        **changes,
    }


def return_body(external_id: str = "R-77", **changes: Any) -> dict[str, Any]:
    """A lamp that was bought elsewhere."""
    lines = [{"line_id": "1", "sku": "LAMP", "quantity": 1, "reason": "too_small"}]
    return {"external_id": external_id, "order": {"external_id": "unknown-1"}, "lines": lines, **changes}


def stocked(shop: Shop, pieces: int = 10, *, store: str = "WAW-01", sku: str = "TEE") -> None:
    """A store with an item on its shelf, all made through the API."""
    assert shop.put(f"/stores/{store}", store_body()).status_code in (200, 201)
    assert shop.put(f"/items/{sku}", item_body()).status_code in (200, 201)
    assert shop.put(f"/stores/{store}/stock/{sku}", {"on_hand": pieces}).status_code == 200


def placed(shop: Shop, external_id: str = "1001", **changes: Any) -> dict[str, Any]:
    """An order that was taken."""
    answer = shop.post("/orders", order_body(external_id, **changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found
