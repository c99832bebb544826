"""The page of a return in every state."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup import clock, keys
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return, ReturnContact, ReturnLine
from omni_pickup.services.customers.order_links import return_token
from tests.builders import collect_order
from tests.customer.browsing import Phone, assert_valid, text_of
from tests.customer.conftest import Make

SENTENCES = {
    "announced": "Please bring it back by ",
    "received": "We have your return.",
    "inspected": "We have checked your return.",
    "closed": "Your return is done.",
    "rejected": "We could not take your return.",
    "cancelled": "Your return is cancelled.",
    "expired": "Your return has run out.",
}


def make_return(order: Order, state: str, **values: Any) -> Return:
    now, line = clock.now(), order.lines[1]
    ret = Return(
        public_id=keys.new_id("ret"),
        order_id=order.id,
        fingerprint="",
        state=state,
        currency="PLN",
        announced_at=now,
        expires_at=now,
        updated_at=now,
        link_version=1,
        **values,
    )
    ret.link_digest = keys.digest(return_token(ret))
    ret.contact = ReturnContact(name="Ada Nowak", language="en")
    said = ReturnLine(line_id="2", position=1, sku="MUG", item=line.item, said=2, rule="past_window", returnable=False)
    ret.lines.append(said)
    with transaction():
        db.session.add(ret)
    return ret


@pytest.mark.parametrize("state", sorted(SENTENCES))
def test_each_state_has_its_sentence(make: Make, phone: Phone, state: str) -> None:
    order = make()
    collect_order(order)
    ret = make_return(order, state)
    page = phone.open_link(return_token(ret), "r")
    assert_valid(page)
    assert text_of(page).startswith(SENTENCES[state])
    assert "2 × Mug The time to return this is over." in text_of(page)
    assert (">Cancel the return</button>" in page.text) is (state == "announced")
    assert ("Your return’s number" in text_of(page)) is (state == "announced")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("due", "10.00 PLN will be paid back to you."),
        ("requested", "10.00 PLN is being paid back to you."),
        ("confirmed", "10.00 PLN has been paid back to you."),
        ("failed", "Paying back 10.00 PLN has not worked. Please contact us."),
    ],
)
def test_the_money_is_spoken_of(make: Make, phone: Phone, state: str, words: str) -> None:
    order = make()
    collect_order(order)
    confirmed = 1000 if state == "confirmed" else 0
    values = {"refund_state": state, "refund_due_minor": 1000, "refund_confirmed_minor": confirmed}
    ret = make_return(order, "closed", **values)
    assert words in text_of(phone.open_link(return_token(ret), "r"))


def test_goods_that_are_here_can_no_longer_be_kept(make: Make, phone: Phone) -> None:
    order = make()
    collect_order(order)
    ret = make_return(order, "inspected")
    phone.open_link(return_token(ret), "r")
    answer = phone.post(f"/r/o/{ret.rma_number}/cancel")
    assert answer.status_code == 409
    assert "This is not possible any more." in text_of(answer)
