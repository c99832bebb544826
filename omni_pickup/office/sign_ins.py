"""Signing in by password: reserve the attempt, compare outside of the writer's turn, then open the session."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from omni_pickup.errors import Unauthenticated
from omni_pickup.models import transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.staff import Staff, StaffSession
from omni_pickup.queries.stores.staff import staff_by_login
from omni_pickup.services.staff.passwords import check_password
from omni_pickup.services.staff.staff import set_language
from omni_pickup.services.staff.staff_sessions import open_session, revoke_session
from omni_pickup.services.staff.throttles import forget_attempts, reserve_attempt, return_attempt


class WrongPassword(Unauthenticated):
    code = "wrong_password"
    title = "Login or password is not right"


def sign_in_with_password(
    login: str, password: str, *, address: str, present: StaffSession | None, hours: int, language: str | None = None
) -> tuple[Staff, str]:
    """The person and the token of a new session. Raises WrongPassword, Throttled.

    Guesses count per login and address, so that nobody can lock a colleague out from elsewhere. An unknown login
    takes as long as a wrong password. `present`, the session of this browser, ends. `language`, chosen before signing
    in, is the person's own from now on.
    """
    place = network_of(address)
    subject = f"{login.strip().lower()[:100]}@{place}"
    with transaction("reserve_attempt"):
        reserve_attempt("address", place)
        reserve_attempt("password", subject)
    staff = staff_by_login(login)
    if not check_password(staff.password_hash if staff else None, password) or staff is None:
        raise WrongPassword
    with transaction("sign_in"):
        forget_attempts("password", subject)
        return_attempt("address", place)
        if present is not None:
            revoke_session(present, by=Actor("staff", staff_id=staff.id))
        if language is not None:
            set_language(staff, language, by=Actor("staff", staff_id=staff.id))
        _, token = open_session(staff, kind="password", hours=hours)
    return staff, token


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 that one IPv6 line may choose from (RFC 6177)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
