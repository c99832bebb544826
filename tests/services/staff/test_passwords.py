"""Hashing and checking of passwords and PINs."""

from __future__ import annotations

import time

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import keys
from omni_pickup.errors import Invalid
from omni_pickup.services.staff import passwords

pytestmark = pytest.mark.usefixtures("slow_hashes")

PASSWORD = "correct horse battery"


def test_a_password_opens_its_own_hash_only() -> None:
    known = passwords.hash_password(PASSWORD)
    assert passwords.check_password(known, PASSWORD)
    assert not passwords.check_password(known, PASSWORD + " ")
    assert not passwords.check_password(None, PASSWORD)
    assert not passwords.check_password("no hash at all", PASSWORD)


def test_hashes_carry_the_measured_parameters() -> None:
    for known in (passwords.hash_password(PASSWORD), passwords.NOBODY):
        assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaa", "ania.nowak1"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.hash_password(password, login="Ania.Nowak1")
    assert caught.value.details["errors"][0]["pointer"] == "/password"


def test_a_pin_belongs_to_one_person_and_needs_the_pepper(app: OpenAPI) -> None:
    known = passwords.hash_pin("271828", person="stf_a")
    assert passwords.check_pin(known, "271828", person="stf_a")
    assert not passwords.check_pin(known, "271829", person="stf_a")
    assert not passwords.check_pin(known, "271828", person="stf_b")
    keys.configure("k" * 40, pepper="another pepper of enough length")
    assert not passwords.check_pin(known, "271828", person="stf_a")


def test_a_weak_pin_is_refused_by_its_field(app: OpenAPI) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.hash_pin("123456", person="stf_a")
    assert caught.value.details["errors"][0]["pointer"] == "/pin"


def test_nobody_takes_as_long_as_a_wrong_password() -> None:
    known = passwords.hash_password(PASSWORD)

    def fastest(hash_: str | None) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            passwords.check_password(hash_, "wrong password")
            times.append(time.perf_counter() - begun)
        return min(times)

    wrong, nobody = fastest(known), fastest(None)
    assert 0.5 < nobody / wrong < 2
