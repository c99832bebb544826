"""Hashing and checking of passwords and PINs.

Parameters are OWASP's second argon2id choice (Password Storage Cheat Sheet: m=19456 KiB, t=2, p=1). A check costs
some 20 ms and 19 MiB; callers therefore never check while they hold the writer's turn.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from omni_pickup import keys
from omni_pickup.errors import Invalid
from omni_pickup.rules.pins import pin_weakness
from omni_pickup.rules.sentences import sentence

MIN_PASSWORD = 10
MAX_PASSWORD = 200
#: The hash of 256 forgotten random bits, compared when there is no person, so that both cases take the same time.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$cDxjBk9QGae7EshQgm19mQ$Cpvttk08u5Ggd8ETy1VRMxnoi+T57XiNU/zXYAaV3M0"

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str, *, login: str = "") -> str:
    """The argon2id hash. Raises Invalid for a password that is too short, too long, or the login."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid.at(
            "/password",
            sentence("A password has %(least)s to %(most)s characters.", least=MIN_PASSWORD, most=MAX_PASSWORD),
        )
    if len(set(password)) < 4 or (login and password.casefold() == login.casefold()):
        raise Invalid.at("/password", "This password is too easy to guess.")
    return _hasher.hash(password)


def hash_pin(pin: str, *, person: str) -> str:
    """The argon2id hash of the peppered PIN of `person` (a public id). Raises Invalid for a weak PIN."""
    weakness = pin_weakness(pin)
    if weakness:
        raise Invalid.at("/pin", weakness)
    return _hasher.hash(_peppered(pin, person))


def check_password(known: str | None, password: str) -> bool:
    """Whether `password` is the one behind the hash `known`; as slow for None as for a wrong one."""
    return _matches(known or NOBODY, password) and known is not None


def check_pin(known: str | None, pin: str, *, person: str) -> bool:
    """Whether `pin` is the one behind the hash `known`; as slow for None as for a wrong one."""
    return _matches(known or NOBODY, _peppered(pin, person)) and known is not None


def _peppered(pin: str, person: str) -> str:
    return keys.peppered(f"{person}:{pin}")


def _matches(known: str, secret: str) -> bool:
    try:
        return _hasher.verify(known, secret)
    except (VerificationError, InvalidHashError):
        return False
