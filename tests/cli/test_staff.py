"""People at the command line."""

from __future__ import annotations

import io

import pytest

from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.models import transaction
from omni_pickup.queries.stores.staff import nobody_yet, staff_by_login
from omni_pickup.services.stores.stores import put_store
from tests.cli.conftest import Omni

PASSWORD, PIN = "correct-horse-battery-staple", "739154"


@pytest.fixture
def ready(omni: Omni) -> Omni:
    with opened(), transaction():
        put_store("WAW-01", {"name": "Warszawa", "timezone": "Europe/Warsaw"}, by=OPERATOR)
    return omni


def _create(omni: Omni, *more: str) -> tuple[int, str]:
    result = omni("staff", "create", "Maja", "--name", "Maja N.", "--role", "manager", "--store", "WAW-01", *more)
    return result.code, result.err


def test_password_and_pin_come_by_standard_input_line_by_line(ready: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n{PIN}\n"))
    assert _create(ready, "--password-stdin", "--pin-stdin") == (0, "")
    with opened():
        person = staff_by_login("maja")
        assert person is not None
        assert (person.role, [store.code for store in person.stores]) == ("manager", ["WAW-01"])
        assert None not in (person.password_hash, person.pin_hash)


def test_a_pin_alone_is_enough_for_a_tablet(ready: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PIN}\n"))
    assert _create(ready, "--pin-stdin") == (0, "")
    with opened():
        person = staff_by_login("maja")
        assert person is not None
        assert person.password_hash is None


def test_secrets_are_asked_for_twice_and_never_shown(ready: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, PASSWORD, PIN, PIN])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: next(typed))
    code, _ = _create(ready)
    assert code == 0
    assert next(typed, None) is None


def test_two_different_answers_change_nothing(ready: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, PASSWORD + "x"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: next(typed))
    code, err = _create(ready)
    assert (code, "nothing was changed" in err) == (1, True)
    with opened():
        assert nobody_yet()


def test_a_weak_pin_and_an_unknown_role_are_refused(ready: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("123\n"))
    assert _create(ready, "--pin-stdin")[0] == 1
    assert ready("staff", "create", "x", "--name", "X", "--role", "owner").code == 2
    with opened():
        assert nobody_yet()
