"""Calls to copy, shown with their routes in the human documentation; a test sends each of them."""

from __future__ import annotations

#: By the endpoint's name: the request line, an empty line, the JSON body.
EXAMPLES: dict[str, str] = {
    "put_store": """PUT /api/v1/stores/WAW-01

{"name": "Warszawa Centrum", "timezone": "Europe/Warsaw",
 "hours": {"mon": [["09:00", "21:00"]], "tue": [["09:00", "21:00"]], "wed": [["09:00", "21:00"]],
           "thu": [["09:00", "21:00"]], "fri": [["09:00", "21:00"]], "sat": [["10:00", "18:00"]]},
 "pickup": {"prep_minutes": 60, "hold_days": 3}}""",
    "put_item": """PUT /api/v1/items/TSHIRT-M-RED

{"name": "T-shirt M red", "gtins": ["5901234123457"], "price": {"amount": "19.90", "currency": "PLN"}}""",
    "set_level": """PUT /api/v1/stores/WAW-01/stock/TSHIRT-M-RED

{"on_hand": 10, "safety_stock": 1, "location": "A-03-2"}""",
    "create_order": """POST /api/v1/orders

{"external_id": "1001", "store": "WAW-01", "customer": {"name": "Ada Nowak", "email": "ada@example.com"},
 "lines": [{"line_id": "1", "sku": "TSHIRT-M-RED", "quantity": 2,
            "unit_price": {"amount": "19.90", "currency": "PLN"}}]}""",
    "cancel_line": """POST /api/v1/orders/{order_id}/lines/1/cancel

{"quantity": 1, "reason": "customer changed their mind"}""",
    "announce_return": """POST /api/v1/returns

{"external_id": "R-77", "order": {"external_id": "1001"},
 "lines": [{"line_id": "1", "sku": "TSHIRT-M-RED", "quantity": 1, "reason": "too_small"}]}""",
}
