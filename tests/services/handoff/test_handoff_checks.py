"""Who stands there: codes with their limit, the second path, and each store's policy."""

from __future__ import annotations

import pytest

from omni_pickup.errors import ChecksMissing, ManagerNeeded, Throttled
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, PickupCode
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.rules.pickup_qrs import parse_qr, qr_text
from omni_pickup.services.handoff.handoff_checks import CodeCheck, check_code, find_by_code, prove_person
from omni_pickup.services.orders.order_rows import insert_pickup_code
from tests.builders import make_item, make_stock
from tests.floor import ANIA, Shop, events_of, fresh, locked, make_ready, reread
from tests.people import make_device, make_staff, make_store


@pytest.fixture
def order(shop: Shop) -> Order:
    return make_ready(shop.store, shop.client, [(shop.shirt, 2)])


def say(order: Order, text: str, by: Actor = ANIA) -> CodeCheck:
    with transaction():
        return check_code(locked(order), text, by=by)


def prove(order: Order, method: str = "id", given: tuple[str, ...] = (), by: Actor = ANIA, **values: bool) -> list[str]:
    with transaction():
        return prove_person(locked(order), method=method, given=given, by_collector=False, by=by, **values)[0]


def policy(shop: Shop, **values: object) -> None:
    with transaction():
        reread(shop.store).handoff_policy = values


def test_a_right_code_proves_the_person_however_it_is_typed(order: Order) -> None:
    code = pickup_code(order)
    assert say(order, f" {code[:3]}-{code[3:].lower()} ").right
    assert prove(order, "code") == ["code"]


def test_a_qr_names_the_order_and_holds_its_code(order: Order, shop: Shop) -> None:
    text = qr_text(order.public_id, pickup_code(order))
    assert parse_qr(text).code == pickup_code(order)
    assert parse_qr("5901234123457") is None
    assert say(order, text).right
    assert prove(order, "qr") == ["qr"]
    other = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    assert not say(other, text).right


def test_five_wrong_codes_need_a_manager(order: Order, shop: Shop) -> None:
    for tries_left in (4, 3, 2, 1, 0):
        assert say(order, "WRONG9").tries_left == tries_left
    with pytest.raises(ManagerNeeded):
        say(order, pickup_code(order))
    with pytest.raises(ManagerNeeded):
        prove(order, given=("photo_id",))
    boss = make_staff("boss", shop.store, role="manager")
    assert say(order, pickup_code(order), Actor("staff", approver_id=boss.id)).right
    assert fresh(order).wrong_codes == 0


def test_every_try_is_on_record_and_no_code_is_in_the_record(order: Order) -> None:
    say(order, "WRONG9")
    say(order, pickup_code(order))
    assert events_of(order)[-2:] == ["order.code_refused", "order.code_verified"]


def test_a_code_proved_on_one_tablet_proves_nothing_on_another(order: Order, shop: Shop) -> None:
    first, second = (Actor("staff", device_id=make_device(shop.store, name=name)[0].id) for name in ("A", "B"))
    say(order, pickup_code(order), first)
    assert prove(order, "code", by=first) == ["code"]
    with pytest.raises(ChecksMissing):
        prove(order, "code", by=second)


def test_nobody_can_claim_a_code_or_a_manager(order: Order, shop: Shop) -> None:
    with pytest.raises(ChecksMissing):
        prove(order, given=("code", "qr", "manager"))
    policy(shop, manager_without_code_from="10.00")
    with pytest.raises(ManagerNeeded):
        prove(order, given=("photo_id", "manager"))
    boss = make_staff("boss", shop.store, role="manager")
    assert prove(order, given=("photo_id",), by=Actor("staff", staff_id=boss.id)) == ["manager", "photo_id"]


def test_without_a_code_an_id_is_enough_below_the_limit(order: Order, shop: Shop) -> None:
    policy(shop, manager_without_code_from="20.01")
    assert prove(order, given=("photo_id",)) == ["photo_id"]


def test_a_policy_by_value_asks_for_id_and_signature(order: Order, shop: Shop) -> None:
    policy(shop, photo_id_from="20.00", signature_from="20.00")
    say(order, pickup_code(order))
    with pytest.raises(ChecksMissing) as refused:
        prove(order, "code", ("photo_id",))
    assert refused.value.details["missing"] == ["signature"]
    assert prove(order, "code", ("photo_id", "signature")) == ["code", "photo_id", "signature"]


def test_an_age_is_checked_where_an_item_asks_for_it(shop: Shop) -> None:
    wine = make_item("WINE", min_age=18)
    make_stock(shop.store, wine, 2)
    order = make_ready(shop.store, shop.client, [(wine, 1)])
    with pytest.raises(ChecksMissing, match="check the age"):
        prove(order, given=("photo_id",))
    assert prove(order, given=("photo_id", "age")) == ["age", "photo_id"]


def test_a_store_may_insist_on_the_qr(order: Order, shop: Shop) -> None:
    policy(shop, require_qr=True)
    say(order, pickup_code(order))
    with pytest.raises(ChecksMissing):
        prove(order, "code")


def test_the_collector_has_an_own_code_and_may_have_to_show_an_id(order: Order, shop: Shop) -> None:
    with transaction():
        code = insert_pickup_code(locked(order), "collector")
    policy(shop, photo_id_for_collector=True)
    assert say(order, code).holder == "collector"
    with pytest.raises(ChecksMissing):
        prove(order, "code")
    with transaction():
        _, is_collector = prove_person(locked(order), method="code", given=["photo_id"], by_collector=False, by=ANIA)
    assert is_collector


def test_a_code_finds_and_proves_the_order(order: Order, shop: Shop) -> None:
    device = Actor("staff", device_id=make_device(shop.store)[0].id)
    with transaction():
        found = find_by_code(shop.store, pickup_code(order), by=device)
    assert (found.right, found.order.id) == (True, order.id)
    assert prove(order, "code", by=device) == ["code"]


def test_of_an_order_elsewhere_only_the_store_is_told(order: Order, shop: Shop) -> None:
    krakow = make_store("KRK-01")
    with transaction():
        found = find_by_code(krakow, pickup_code(order), by=ANIA)
    assert (found.right, found.order, found.elsewhere.code) == (False, None, "WAW-01")
    assert found.ready == (order.state == "ready")


def test_guesses_are_limited_per_tablet(order: Order, shop: Shop) -> None:
    device = Actor("staff", device_id=make_device(shop.store)[0].id)
    for _ in range(10):
        with transaction():
            assert not find_by_code(shop.store, "WRONG9", by=device).right
    with pytest.raises(Throttled), transaction():
        find_by_code(shop.store, pickup_code(order), by=device)


def test_a_closed_orders_code_opens_nothing(order: Order, shop: Shop) -> None:
    code = pickup_code(order)
    with transaction():
        db.session.query(PickupCode).update({"active": False})
    with transaction():
        assert not find_by_code(shop.store, code, by=ANIA).right
