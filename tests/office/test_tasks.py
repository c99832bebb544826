"""The task list and transfers, worked off without a tablet."""

from __future__ import annotations

import pytest

from omni_pickup.models.events import Event
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.stock.books import list_differences
from tests.office.days import make_day, read, signed_in, state_of
from tests.sites import Site

HERE = "/office/WAW-01"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("put_back", "Blue mug"), ("count", "somebody could not find it"), ("search", "last seen at S-01")],
)
def test_each_tab_shows_its_tasks(site: Site, kind: str, words: str) -> None:
    assert "Nothing to do here" in signed_in(site).get(f"{HERE}/tasks/{kind}").text
    make_day(site)
    assert words in signed_in(site).get(f"{HERE}/tasks/{kind}").text


@pytest.mark.parametrize("kind", ["answers", "transfers", "x"])
def test_there_is_no_other_list(site: Site, kind: str) -> None:
    assert signed_in(site).get(f"{HERE}/tasks/{kind}").status_code == 404


def test_pieces_are_put_back_sellable_damaged_or_missing(site: Site) -> None:
    day = make_day(site)
    path = f"{HERE}/tasks/{day.put_back}/put-back"
    signed_in(site).post(path, {"sellable": "1", "damaged": "1", "missing": "", "location": "A-01"})
    task = read(site, FloorTask, FloorTask.public_id == day.put_back)
    assert (task.state, task.done_quantity) == ("done", 2)
    with site.app.app_context():
        assert list_differences() == []


@pytest.mark.parametrize("pieces", [{}, {"sellable": "x"}, {"sellable": "0"}])
def test_a_put_back_of_nothing_is_refused_at_its_task(site: Site, pieces: dict[str, str]) -> None:
    day = make_day(site)
    browser, before = signed_in(site), state_of(site)
    answer = browser.post(f"{HERE}/tasks/{day.put_back}/put-back", pieces)
    assert answer.status_code == 422
    assert f'id="sellable-{day.put_back}-wrong"' in answer.text
    assert state_of(site) == before


def test_more_than_the_task_has_is_refused(site: Site) -> None:
    day = make_day(site)
    browser, before = signed_in(site), state_of(site)
    assert browser.post(f"{HERE}/tasks/{day.put_back}/put-back", {"sellable": "3"}).status_code == 409
    assert state_of(site) == before


def test_a_bag_that_is_found_stands_at_its_place_again(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    assert browser.post(f"{HERE}/tasks/{day.search}/stage", {"location": "NOWHERE"}).status_code == 404
    assert browser.post(f"{HERE}/tasks/{day.put_back}/stage", {"location": "S-01"}).status_code == 404
    browser.post(f"{HERE}/tasks/{day.search}/stage", {"location": "S-01"})
    task = read(site, FloorTask, FloorTask.public_id == day.search)
    assert task.state == "done"
    assert read(site, Package, Package.id == task.package_id).state == "staged"


def test_goods_are_sent_and_counted_in(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    page = browser.get(f"{HERE}/transfers").text
    assert "To Stockholm" in page
    assert "From Stockholm" in page
    browser.post(f"{HERE}/transfers/{day.out}/ship", {day.out_line: "2"})
    browser.post(f"{HERE}/transfers/{day.to_come}/receive", {day.come_line: "3"})
    assert read(site, Transfer, Transfer.public_id == day.out).state == "shipped"
    assert read(site, Transfer, Transfer.public_id == day.to_come).closed_at is not None
    with site.app.app_context():
        assert list_differences() == []


def test_what_came_broken_or_besides_is_said_while_counting_in(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    bad, more = (day.come_line.replace("line", name) for name in ("damaged", "surplus"))
    page = browser.get(f"{HERE}/transfers").text
    assert f'name="{bad}"' in page
    assert f'name="{more}"' in page
    path = f"{HERE}/transfers/{day.to_come}/receive"
    assert browser.post(path, {day.come_line: "2", bad: "3"}).status_code == 422
    assert browser.post(path, {day.come_line: "3", bad: "1", more: "2"}).status_code == 303
    line = read(site, Transfer, Transfer.public_id == day.to_come).lines[0]
    assert (line.received, line.damaged, line.surplus) == (3, 1, 2)
    assert browser.post(path, {day.come_line: "3"}).status_code == 409
    with site.app.app_context():
        assert list_differences() == []


def test_what_was_sent_by_mistake_is_turned_back_with_a_reason(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    path = f"{HERE}/transfers/{day.sent}/turn-back"
    assert "Still here" in browser.get(f"{HERE}/transfers").text
    assert browser.post(path, {day.sent_line: "1", "reason": ""}).status_code == 422
    assert browser.post(f"{HERE}/transfers/{day.to_come}/turn-back", {"reason": "x"}).status_code == 404
    assert browser.post(path, {day.sent_line: "1", "reason": "Never loaded"}).status_code == 303
    assert read(site, Transfer, Transfer.public_id == day.sent).state == "turned_back"


def test_what_never_came_is_written_off_by_name_with_a_reason(site: Site) -> None:
    day = make_day(site)
    browser, before = signed_in(site), state_of(site)
    path = f"{HERE}/transfers/{day.to_come}/write-off"
    refused = browser.post(path, {day.come_line: "3", "reason": " "})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert browser.post(path, {day.come_line: "4", "reason": "Lost"}).status_code == 422
    assert browser.post(path, {"reason": "Lost"}).status_code == 422
    assert state_of(site) == before
    browser.post(path, {day.come_line: "3", "reason": "Lost"})
    assert read(site, Transfer, Transfer.public_id == day.to_come).state == "written_off"
    assert read(site, Event, Event.type == "transfer.written_off").staff_id is not None


def test_a_request_is_taken_back_before_anything_was_sent(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    browser.post(f"{HERE}/transfers/{day.out}/cancel")
    assert read(site, Transfer, Transfer.public_id == day.out).state == "cancelled"
    assert browser.post(f"{HERE}/transfers/{day.to_come}/cancel").status_code == 409
    assert f"transfer-{day.out}" not in browser.get(f"{HERE}/transfers").text
