"""What has to be checked before goods are given to a person: a policy by store, value and item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

CHECKS = ("code", "qr", "photo_id", "age", "signature", "manager")


@dataclass(frozen=True, slots=True)
class HandoffPolicy:
    """One store's rules. Amounts are in the store's currency; None means never.

    ``require_qr`` refuses the spoken code, ``photo_id_from`` and ``signature_from`` are order values from
    which these are asked of everybody, ``manager_without_code_from`` the value from which a person without a
    code needs a manager, ``photo_id_for_collector`` asks whoever is not the buyer.
    """

    require_qr: bool = False
    photo_id_from: Decimal | None = None
    signature_from: Decimal | None = None
    manager_without_code_from: Decimal | None = None
    photo_id_for_collector: bool = False


def required_checks(
    policy: HandoffPolicy, *, value: Decimal, has_code: bool, min_age: int | None, is_collector: bool
) -> frozenset[str]:
    """Return the checks one handoff needs.

    ``value`` is what the goods are worth, ``min_age`` the highest age among its items. Without a code the
    second path is equal: the order number, a surname or phone end, and an ID seen; a manager only from the
    store's limit on.
    """
    checks = {"qr" if policy.require_qr else "code"} if has_code else {"photo_id"}
    if not has_code and _reached(value, policy.manager_without_code_from):
        checks.add("manager")
    if _reached(value, policy.photo_id_from) or (is_collector and policy.photo_id_for_collector):
        checks.add("photo_id")
    if _reached(value, policy.signature_from):
        checks.add("signature")
    if min_age is not None and min_age > 0:
        checks.add("age")
    return frozenset(checks)


def missing_checks(required: Iterable[str], given: Iterable[str]) -> frozenset[str]:
    """Return what is still to be checked. A scanned QR contains the code, so it stands for it; not the other
    way.
    """
    done = set(given)
    if "qr" in done:
        done.add("code")
    return frozenset(required) - done


def _reached(value: Decimal, limit: Decimal | None) -> bool:
    return limit is not None and value >= limit
