"""What needs attention, and working it off."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.base import table_of
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.stores import Heartbeat
from tests.office.days import make_day, read, signed_in
from tests.sites import Site

TODAY = "/office/WAW-01/"


def _beat(site: Site) -> None:
    """The worker gives a sign of life by the database's clock."""
    with site.app.app_context(), transaction():
        beat = {"name": "worker", "beat_at": db.func.current_timestamp()}
        db.session.execute(table_of(Heartbeat).insert().values(beat))


def test_a_quiet_store_says_that_all_is_well(site: Site) -> None:
    _beat(site)
    page = signed_in(site).get(TODAY).text
    assert "All is well." in page
    assert "The worker is silent" not in page


def test_a_silent_worker_is_shouted_about(site: Site) -> None:
    assert "The worker is silent" in signed_in(site).get(TODAY).text


def test_everything_that_went_wrong_is_on_the_list(site: Site) -> None:
    make_day(site)
    with time_machine.travel(clock.now() + timedelta(minutes=4)):
        page = signed_in(site).get(TODAY).text
    for words in ("Waiting over 3 min", "Late", "Messages that nobody got", "550 no such mailbox", "Shelves in doubt"):
        assert words in page
    assert "B2" in page
    assert "Rain jacket" in page


def test_a_question_comes_up_shortly_before_its_deadline(site: Site) -> None:
    make_day(site)
    deadline = read(site, Question, Question.state == "open").deadline_at
    for minutes, shown in ((45, False), (20, True)):
        with time_machine.travel(deadline - timedelta(minutes=minutes)):
            assert ("Not answered yet" in signed_in(site).get(TODAY).text) is shown


def test_a_late_order_gets_a_promise_that_can_be_kept(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    answer = browser.post(f"{TODAY}orders/{day.late}/promise")
    assert "is now promised for" in browser.get(answer.location).text
    assert read(site, Order, Order.public_id == day.late).promised_at > clock.now()
    again = browser.post(f"{TODAY}orders/{day.late}/promise")
    assert "stays" in browser.get(again.location).text


def test_a_dead_message_is_tried_again_from_the_start(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    browser.post(f"{TODAY}messages/{day.message}/retry")
    message = read(site, OutboxMessage, OutboxMessage.public_id == day.message)
    assert (message.state, message.attempts) == ("pending", 0)
    assert site.count(Event, Event.type == "message.retried") == 1
    assert browser.post(f"{TODAY}messages/{day.message}/retry").status_code == 409
    assert browser.post(f"{TODAY}messages/{day.message}/give-up").status_code == 409
    assert site.count(Event, Event.type.in_(("message.retried", "message.given_up"))) == 1


def test_a_dead_message_may_rest(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    browser.post(f"{TODAY}messages/{day.message}/give-up")
    assert read(site, OutboxMessage, OutboxMessage.public_id == day.message).state == "dropped"
    assert "550 no such mailbox" not in browser.get(TODAY).text


def test_a_customer_is_asked_again(site: Site) -> None:
    day = make_day(site)
    signed_in(site).post(f"{TODAY}orders/{day.short}/tell")
    assert site.count(Event, Event.type == "order.message_resent") == 1


def test_the_list_alone_is_a_fragment_of_the_page(site: Site) -> None:
    make_day(site)
    page = signed_in(site).get(f"{TODAY}attention", **{"HX-Request": "true"})
    assert page.status_code == 200
    assert page.text.lstrip().startswith("<section")
    assert 'id="attention-WAW-01"' in page.text


@pytest.mark.parametrize("tablet", [True, False])
def test_orders_lead_to_their_sheet_on_a_tablet_of_the_store_only(site: Site, tablet: bool) -> None:
    day = make_day(site)
    browser = site.tablet() if tablet else site.browser()
    browser.sign_in("mona")
    number = read(site, Order, Order.public_id == day.late).number
    assert (f'href="/board/orders/{number}"' in browser.get(TODAY).text) is tablet


def test_every_group_speaks_of_time_alike_and_leads_to_its_orders(site: Site) -> None:
    day = make_day(site)
    tablet = site.tablet()
    tablet.sign_in("mona")
    told = read(site, Order, Order.id == read(site, OutboxMessage, OutboxMessage.public_id == day.message).order_id)
    with site.app.app_context(), transaction():
        late = db.session.scalars(db.select(Order).where(Order.public_id == day.late)).unique().one()
        late.promised_at = clock.now() - timedelta(minutes=51)
        late.lines[0].endangered = 1
    page = tablet.get(TODAY).text
    messages = page[page.index("Messages that nobody got") : page.index("Shelves in doubt")]
    assert f'href="/board/orders/{told.number}"' in messages
    assert ">51 min<" in page
    assert "51 minutes" not in page
    endangered = page[page.index("Endangered") : page.index("Messages that nobody got")]
    assert "late-ink" in endangered
    assert "late ·" in endangered
