"""Attempts are counted in the database, before the secret is compared."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.errors import Throttled
from omni_pickup.models import db, transaction
from omni_pickup.models.staff import Throttle
from omni_pickup.services.staff import passwords
from omni_pickup.services.staff.throttles import LIMITS, forget_attempts, reserve_attempt, return_attempt

SUBJECT = "stf_a@dev_1"


def _use_up(kind: str, subject: str) -> None:
    for _ in range(LIMITS[kind].attempts):
        with transaction():
            reserve_attempt(kind, subject)


def test_the_sixth_guess_waits_for_the_end_of_the_window(app: OpenAPI) -> None:
    _use_up("pin", SUBJECT)
    with pytest.raises(Throttled) as caught, transaction():
        reserve_attempt("pin", SUBJECT)
    assert 0 < (caught.value.retry_after or 0) <= 15 * 60
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)), transaction():
        reserve_attempt("pin", SUBJECT)


def test_refused_guesses_do_not_prolong_the_window(app: OpenAPI) -> None:
    _use_up("pin", SUBJECT)
    begun = db.session.execute(db.select(Throttle.window_started_at)).scalar_one()
    with time_machine.travel(begun + timedelta(minutes=14)):
        with pytest.raises(Throttled) as caught, transaction():
            reserve_attempt("pin", SUBJECT)
        assert 55 <= (caught.value.retry_after or 0) <= 61
    db.session.rollback()
    assert db.session.execute(db.select(Throttle.window_started_at)).scalar_one() == begun


def test_other_people_and_other_tablets_are_not_locked_out(app: OpenAPI) -> None:
    _use_up("pin", SUBJECT)
    for free in ("stf_b@dev_1", "stf_a@dev_2"):
        with transaction():
            reserve_attempt("pin", free)
    with transaction():
        reserve_attempt("code", SUBJECT)


def test_a_right_secret_forgets_the_wrong_ones(app: OpenAPI) -> None:
    _use_up("pin", SUBJECT)
    with transaction():
        forget_attempts("pin", SUBJECT)
    _use_up("pin", SUBJECT)


def test_a_right_password_gives_back_one_attempt_of_its_address_and_no_more(app: OpenAPI) -> None:
    with transaction():
        reserve_attempt("address", "192.0.2.1")
        reserve_attempt("address", "192.0.2.1")
        return_attempt("address", "192.0.2.1")
        return_attempt("address", "192.0.2.7")
    rows = db.session.execute(db.select(Throttle.subject, Throttle.attempts)).all()
    assert [tuple(row) for row in rows] == [("192.0.2.1", 1)]


def _evaluated(app: OpenAPI, reserve: Callable[[], None]) -> int:
    """How many of 100 guesses at once reach the comparison of the secret."""
    known = passwords.hash_pin("271828", person="stf_a")
    evaluated: list[bool] = []

    def guess(number: int) -> None:
        with app.app_context():
            try:
                reserve()
            except Throttled:
                return
            evaluated.append(passwords.check_pin(known, f"{number:06}", person="stf_a"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(100)))
    return len(evaluated)


def test_of_a_hundred_guesses_at_once_at_most_ten_are_evaluated(app: OpenAPI) -> None:
    def reserve() -> None:
        with transaction():
            reserve_attempt("pin", SUBJECT)

    assert _evaluated(app, reserve) == LIMITS["pin"].attempts <= 10


def test_twin_without_the_reservation_before_the_comparison_lets_more_than_ten_through(app: OpenAPI) -> None:
    """The same hundred guesses with a look at the counter instead of a reservation: the guard is what stops them."""

    def only_look() -> None:
        attempts = db.session.execute(db.select(Throttle.attempts)).scalar_one_or_none()
        if attempts is not None and attempts >= LIMITS["pin"].attempts:
            raise Throttled(retry_after=1)

    assert _evaluated(app, only_look) > 10
