"""What the pickup QR says: the order and its code, so that a scan finds the one and proves the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QR = re.compile(r"OMNI:(ord_[a-z2-7]{10,40}):([A-Z0-9]{4,16})")


@dataclass(frozen=True, slots=True)
class PickupQr:
    """The order's public id and the code of the customer, or the collector's own one."""

    order_id: str
    code: str


def qr_text(order_id: str, code: str) -> str:
    """Return the text to draw as a QR. It is shown to the customer only, never printed by the store."""
    return f"OMNI:{order_id}:{code}"


def parse_qr(text: str) -> PickupQr | None:
    """Return what a pickup QR holds; None for anything else that was scanned or typed."""
    match = _QR.fullmatch(text.strip())
    return None if match is None else PickupQr(match[1], match[2])
