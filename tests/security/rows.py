"""Who may use which address, as data: a row for every route, and what everybody else is answered.

A row names the door (`DOORS`), fills in the address and the form, and says what the stranger of that door gets: the
other store's tablet or manager, the other shop's key, the other customer. `OWN` says that the address is about
what is the stranger's own, which the sweep looks at for other people's names only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from omni_pickup import clock
from tests.api.shops import item_body, order_body, return_body, store_body

OWN = 0


@dataclass(frozen=True)
class Row:
    """One route. Texts in `path` and `form` that stand in braces are ids of the world."""

    door: str
    path: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    stranger: int = 404
    link: str = "own link"

    @property
    def bound(self) -> int:
        """What a key of the same shop gets that is bound to another store."""
        if self.path.keys() & {"code", "order_id", "return_id", "hold_id"}:
            return 404
        return 422 if self.form.get("store") == "WAW-01" else OWN

    def filled(self, ids: SimpleNamespace) -> tuple[dict[str, str], dict[str, Any], str]:
        """Path values, form and query with the world's ids."""
        return _fill(self.path, ids), _fill(self.form, ids), _fill(self.query, ids)


def _fill(value: Any, ids: SimpleNamespace) -> Any:
    if isinstance(value, str):
        return value.format(**vars(ids)) if "{" in value else value
    if isinstance(value, Mapping):
        return {_fill(name, ids): _fill(one, ids) for name, one in value.items()}
    return [_fill(one, ids) for one in value] if isinstance(value, list) else value


def _board(stranger: int = 404, query: str = "", form: Mapping[str, Any] | None = None, **path: str) -> Row:
    return Row("tablet", path, form or {}, query, stranger)


def _office(form: Mapping[str, Any] | None = None, query: str = "", door: str = "manager", **path: str) -> Row:
    return Row(door, {"store_code": "WAW-01", **path}, form or {}, query)


def _admin(form: Mapping[str, Any] | None = None, **path: str) -> Row:
    return Row("admin", path, form or {}, stranger=403)


def _customer(form: Mapping[str, Any] | None = None, link: str = "own link", **path: str) -> Row:
    return Row("customer", path or {"number": "{own_number}"}, form or {}, link=link)


def _key(body: Any = None, stranger: int = OWN, query: str = "", **path: str) -> Row:
    return Row("key", path, body or {}, query, stranger)


_TOMORROW = (clock.now() + timedelta(days=1)).date().isoformat()
_HOLD = {"store": "WAW-01", "lines": [{"sku": "MUG", "quantity": 1}]}
_LINE = {"line_id": "1", "sku": "MUG", "quantity": 1, "unit_price": {"amount": "19.90", "currency": "PLN"}}

ROWS: dict[str, Row] = {
    # Open to everybody, for its reason: probes, assets, the API's own documents, and doors at which one knocks.
    "static": Row("everybody", {"filename": "css/staff.css"}),
    "health.alive": Row("everybody"),
    # There is no worker here, so that the site is not ready, and says so to everybody.
    "health.ready": Row("readiness"),
    "health.metrics": Row("metrics"),
    "api.openapi": Row("everybody"),
    "api.docs": Row("everybody"),
    "entrance.show_sign_in": Row("everybody"),
    "entrance.sign_in": Row("entrance", form={"login": "mona", "password": "a guess that is wrong"}),
    "entrance.sign_out": Row("leaving"),
    "entrance.show_setup": Row("setup", query="?token=guessed"),
    "entrance.finish_setup": Row("setup", form={"token": "guessed", "login": "me", "password": "mine for ever"}),
    # Without a person it is a cookie of this browser and nothing else.
    "entrance.choose_language": Row("knocking", form={"language": "pl"}),
    "board.show_lock": Row("lock"),
    "board.unlock": Row("lock", form={"person": "{mona}", "pin": "271828"}),
    "board.show_enrolment": Row("setup", query="?token=guessed"),
    "board.enrol": Row("setup", form={"token": "guessed"}),
    "board.enrol_by_code": Row("setup", form={"code": "guessed"}),
    "customer.show_request": Row("everybody"),
    "customer.show_asked": Row("everybody"),
    "customer.choose_language": Row("knocking", form={"language": "pl"}),
    # Asking for a link that is not one's own is answered like asking for one's own, and sends nothing.
    "customer.send_again": Row("knocking", form={"number": "{own_number}", "email": "eve@example.com"}),
    # A link that was replaced, and one that was guessed.
    "customer.open_order": Row("link", {"token": "{replaced_token}"}),
    "customer.open_return": Row("link", {"token": "guessed"}),
    # A tablet of the store, unlocked by somebody who works there.
    "board.show_board": _board(OWN),
    "board.show_alarm": _board(OWN),
    "board.stream": _board(OWN),
    "board.find": _board(OWN, query="?q={number}"),
    "board.find_handoff": _board(OWN),
    "board.show_shift": _board(OWN),
    "board.show_staging": _board(404, query="?wave={wave}"),
    "board.show_tasks": _board(OWN, kind="put_back"),
    "board.show_returns": _board(OWN, query="?q={desk_rma}"),
    "board.find_for_desk": _board(OWN, form={"code": "{desk_rma}"}),
    "board.lock": _board(OWN),
    "board.give_approval": _board(403, form={"approver": "{mona}", "pin": "271828", "about": "{order}"}),
    "board.act": _board(404, form={"kind": "take", "order": "{order}"}),
    "board.show_order": _board(number="{number}"),
    "board.show_contact": _board(number="{number}"),
    "board.show_handoff": _board(order_id="{order}"),
    "board.show_wrong": _board(order_id="{order}"),
    "board.show_stray": _board(query="?code=x", order_id="{order}"),
    "board.show_walk": _board(wave_id="{wave}"),
    "board.compare_scan": _board(query="?text=x", wave_id="{wave}", task_id="{task}"),
    "board.show_order_staging": _board(order_id="{order}"),
    "board.show_return": _board(rma_number="{desk_rma}"),
    "board.show_print": _board(document="bag_label", subject="{bag}"),
    "board.print_now": _board(document="bag_label", subject="{bag}"),
    "board.print_labels": _board(form={"bags": "{bag}"}),
    # A manager of the store.
    "office.show_stores": Row("manager", stranger=OWN),
    "office.show_store": _office(),
    "office.show_attention": _office(),
    "office.show_hours": _office(),
    "office.show_places": _office(),
    "office.change_terms": _office({"prep_minutes": "45", "pickers": "2", "pace_per_hour": "60"}),
    "office.show_search": _office(query="?q=MUG"),
    "office.show_item": _office(query="?sku=MUG"),
    "office.show_tasks": _office(kind="put_back"),
    "office.show_transfers": _office(),
    "office.show_counts": _office(),
    "office.show_promises": _office(),
    "office.show_new_device": _office(),
    "office.show_new_person": _office(),
    "office.show_new_pin": _office(person="{ania}"),
    "office.add_person": _office({"login": "nina", "name": "Nina", "pin": "314159"}),
    "office.reset_pin": _office({"pin": "314159"}, person="{ania}"),
    "office.deactivate": _office(person="{ania}"),
    "office.end_session": _office(session_id="{session}"),
    "office.make_enrolment": _office({"name": "Counter 9"}),
    "office.revoke": _office(device="{device}"),
    "office.pause": _office({"until": "hour", "reason": "Fire alarm"}),
    "office.resume": _office(),
    "office.change_hours": _office({"day": _TOMORROW, "how": "closed"}),
    "office.put_place": _office({"code": "S-02", "zone": "ambient", "kind": "shelf"}),
    "office.retire_place": _office({"code": "S-01"}),
    "office.count": _office({"sku": "MUG", "counted": "18"}),
    "office.report": _office({"sku": "MUG", "pieces": "1"}),
    "office.lower": _office({"sku": "MUG", "learned": "1"}),
    "office.ask_for": _office({"sku": "MUG", "source": "STO-01", "wanted": "2"}),
    "office.put_pieces_back": _office({"sellable": "2", "location": "A-1"}, task="{put_back}"),
    "office.stage_again": _office({"location": "S-01"}, task="{search}"),
    "office.ship": _office({"{out_line}": "2"}, transfer="{out}"),
    "office.turn_back": _office({"{sent_line}": "1", "reason": "Never loaded"}, transfer="{sent}"),
    "office.call_off": _office(transfer="{out}"),
    "office.receive": _office({"{come_line}": "3"}, transfer="{to_come}"),
    "office.write_off": _office({"{come_line}": "3", "reason": "Lost"}, transfer="{to_come}"),
    "office.promise_anew": _office(order="{late}"),
    "office.tell_again": _office(order="{short}"),
    "office.retry": _office(message="{message}"),
    "office.give_up": _office(message="{message}"),
    # An admin.
    "office.show_role": _office(door="admin", person="{ania}"),
    "office.set_role": _office({"role": "manager", "stores": "WAW-01"}, door="admin", person="{ania}"),
    "office.change_count_rule": _office({"pieces": "4", "value": "", "another": "yes"}, door="admin"),
    "office.show_recalls": _admin(),
    "office.stop_item": _admin({"item": "MUG", "reason": "Handle breaks"}),
    "office.resume_item": _admin({"sku": "MUG"}),
    "office.show_keys": _admin(),
    "office.make_key": _admin({"name": "Web shop", "scopes": "orders:read"}),
    "office.revoke_api_key": _admin(key_id="{key}"),
    # The customer whose link was opened in this browser.
    "customer.show_pickup": _customer(),
    "customer.show_arrival": _customer(),
    "customer.download": _customer(),
    "customer.arrive": _customer({"vehicle": "Red Fiat"}),
    "customer.set_out": _customer(),
    "customer.take_back": _customer(link="waiting link", number="{waiting_number}"),
    "customer.choose_collector": _customer({"name": "Jan Kowalski"}),
    "customer.keep_longer": _customer(),
    "customer.cancel": _customer(),
    "customer.answer": _customer({"question": "{question}", "choice": "0"}, "asked link", number="{asked_number}"),
    "customer.announce": _customer(
        {"pieces-{bought_line}": "1", "reason-{bought_line}": "too_small"}, "bought link", number="{bought_number}"
    ),
    "customer.show_return": _customer(link="bought link", rma="{announced_rma}"),
    "customer.cancel_return": _customer(link="bought link", rma="{announced_rma}"),
    # A shop's key that holds the scope; stores and items belong to no shop.
    "api.list_stores_get": _key(),
    "api.get_store_get": _key(code="WAW-01"),
    "api.put_store_put": _key(store_body(name="Another"), code="WAW-01"),
    "api.pause_store_post": _key({"until": None, "reason": "fire"}, code="WAW-01"),
    "api.resume_store_delete": _key(code="WAW-01"),
    "api.get_item_get": _key(sku="MUG"),
    "api.put_item_put": _key(item_body(name="Another"), sku="MUG"),
    "api.put_items_post": _key({"items": [{"sku": "MUG", **item_body(name="Another")}]}),
    "api.list_stock_get": _key(code="WAW-01"),
    "api.set_level_put": _key({"on_hand": 99}, code="WAW-01", sku="MUG"),
    "api.set_levels_post": _key({"levels": [{"sku": "MUG", "on_hand": 99}]}, code="WAW-01"),
    "api.adjust_stock_post": _key(
        {"adjustments": [{"sku": "MUG", "delta": -1, "reason": "sale", "reference": "POS-1"}]}, code="WAW-01"
    ),
    "api.get_availability_get": _key(query="?sku=MUG&store=WAW-01"),
    "api.query_availability_post": _key({"sku": ["MUG"], "store": ["WAW-01"]}),
    "api.list_events_get": _key(),
    "api.list_orders_get": _key(),
    "api.list_returns_get": _key(),
    "api.create_order_post": _key(order_body("2002", lines=[_LINE])),
    "api.place_hold_post": _key(_HOLD),
    "api.announce_return_post": _key(return_body("R-2002", store="WAW-01")),
    "api.get_order_get": _key(stranger=404, order_id="{order}"),
    "api.change_order_patch": _key({"note": "ring twice"}, stranger=404, order_id="{order}"),
    "api.cancel_order_post": _key({"reason": "no"}, stranger=404, order_id="{order}"),
    "api.cancel_line_post": _key({"quantity": 1, "reason": "no"}, stranger=404, order_id="{order}", line_id="1"),
    "api.refund_order_post": _key({"state": "requested"}, stranger=404, order_id="{bought}"),
    "api.get_return_get": _key(stranger=404, return_id="{announced}"),
    "api.cancel_return_post": _key({"reason": "no"}, stranger=404, return_id="{announced}"),
    "api.refund_return_post": _key({"state": "requested"}, stranger=404, return_id="{announced}"),
    "api.release_hold_delete": _key(stranger=404, hold_id="{hold}"),
}

#: What a tablet of another store is answered to each command about this store's things. `OWN` commands name none.
COMMANDS: dict[str, dict[str, Any]] = {
    "pick": {"task": "{task}"},
    "undo_pick": {"task": "{task}"},
    "short": {"task": "{task}", "reason": "not_found"},
    "undo_short": {"short_pick": "{short_pick}"},
    "propose": {"question": "{question}", "sku": "MUG"},
    "bag": {"order": "{order}", "contents": {"1": 1}},
    "bind_tag": {"bag": "{bag}", "tag": "T-1"},
    "stage": {"bag": "{bag}", "location": "S-01"},
    "unstage": {"bag": "{bag}"},
    "empty": {"bag": "{bag}"},
    "take_out": {"bag": "{bag}", "line_id": "1"},
    "not_here": {"bag": "{bag}"},
    "undo_ready": {"order": "{order}"},
    "check_in": {"order": "{order}"},
    "take": {"order": "{order}"},
    "check_code": {"order": "{order}", "code": "ABCDEF"},
    "hand_over": {"order": "{order}", "bags": ["{bag}"], "method": "id", "checks": ["photo_id"]},
    "nobody_came": {"order": "{order}"},
    "undo_hand_over": {"handoff": "{handoff}"},
    "put_back": {"task": "{put_back}", "sellable": 2, "location": "A-1"},
    "count": {"sku": "MUG", "counted": 1, "task": "{count}"},
    "pick_now": {"order": "{queued}"},
    "pause_wave": {"wave": "{wave}"},
    "resume_wave": {"wave": "{wave}"},
    "finish_wave": {"wave": "{wave}"},
    "take_over_wave": {"wave": "{wave}"},
    "pull_out": {"wave": "{wave}", "order": "{walked}"},
    "cancel_order": {"order": "{order}", "reason": "no"},
    "resend": {"order": "{order}"},
    "see_answer": {"question": "{question}"},
    "claim_task": {"task": "{put_back}"},
    "release_task": {"task": "{put_back}"},
    "hand_over_work": {"to": "{ania}"},
    "ship_transfer": {"transfer": "{out}"},
    "receive_transfer": {"transfer": "{to_come}"},
    "add_return_line": {"return": "{desk}", "line_id": "1"},
    "receive_piece": {"return": "{desk}", "position": 1, "reason": "too_small", "condition": "as_new"},
    "undo_piece": {"return": "{desk}", "position": 1},
    "override_disposition": {"return": "{desk}", "position": 1, "disposition": "scrap"},
    "finish_inspection": {"return": "{desk}"},
    "cancel_return": {"return": "{announced}"},
    "reject_return": {"return": "{desk}", "reason": "no"},
    "restock_piece": {"return": "{desk}", "position": 1, "location": "A-1"},
    "route_piece": {"return": "{desk}", "position": 1},
    "fill_parcel": {"parcel": "{sscc}", "return": "{desk}", "position": 1},
    "close_parcel": {"parcel": "{sscc}"},
}
#: Commands that name nothing of a store, each about the store of the tablet that sends them.
OWN_COMMANDS = {"found", "find_code", "release_wave", "open_walk_in", "open_parcel"}
