"""Reading a store's contract JSON into columns, with a pointer for everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from omni_pickup.models.items import HANDLINGS, TEMPERATURES
from omni_pickup.models.stores import SLOT_UNITS, STAGING_KINDS
from omni_pickup.rules.opening_hours import HORIZON_DAYS, OpeningHours, zone_of
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import exceptions_of, minutes_of, tidy_week
from omni_pickup.services.meanings import Findings, key_of, phone_of, require, whole_number

_COUNTRY = re.compile(r"[A-Z]{2}")
_POLICY_FLAGS = ("require_qr", "photo_id_for_collector")
_POLICY_AMOUNTS = ("photo_id_from", "signature_from", "manager_without_code_from")
#: least, most and default of the whole numbers in `pickup`; hold days end at the horizon of opening hours.
_PICKUP_NUMBERS = {
    "prep_minutes": (0, 100_000, 60),
    "hold_days": (1, HORIZON_DAYS, 3),
    "pickers": (0, 1_000, 1),
}


def read_store(values: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Columns of a store; what is wrong goes to `findings`."""
    columns: dict[str, Any] = {"name": values["name"], "timezone": values["timezone"]}
    with findings.at("/name"):
        require(bool(values["name"].strip()) and len(values["name"]) <= 500, "A name has 1 to 500 signs.")
    with findings.at():
        zone_of(values["timezone"])
    columns |= _place(values, findings)
    columns |= _hours(values, findings)
    columns |= read_pickup(values.get("pickup") or {}, findings)
    if "handoff" in values:
        columns["handoff_policy"] = _policy(values["handoff"] or {}, findings)
    return columns


def read_staging(places: Sequence[Mapping[str, Any]] | None, findings: Findings) -> dict[str, tuple[str, str]] | None:
    """Zone and kind by code of the places where bags wait; None when they are not named."""
    if places is None:
        return None
    found: dict[str, tuple[str, str]] = {}
    for index, place in enumerate(places):
        zone, kind = place.get("zone", "ambient"), place.get("kind", "shelf")
        with findings.at(f"/staging_locations/{index}/code"):
            code = key_of(place["code"], longest=64)
            require(code not in found, f"{code} is named twice.")
            found[code] = (zone, kind)
        with findings.at(f"/staging_locations/{index}/zone"):
            require(zone in TEMPERATURES, f"A zone is one of {', '.join(TEMPERATURES)}.")
        with findings.at(f"/staging_locations/{index}/kind"):
            require(kind in STAGING_KINDS, f"A place is one of {', '.join(STAGING_KINDS)}.")
    return found


def _place(values: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    latitude, longitude = values.get("latitude"), values.get("longitude")
    address = {name: part for name, part in (values.get("address") or {}).items() if part is not None}
    country, phone = address.get("country"), None
    with findings.at("/latitude"):
        require((latitude is None) == (longitude is None), "Latitude and longitude come together.")
        require(latitude is None or -90 <= latitude <= 90, "A latitude is from -90 to 90.")
    with findings.at("/longitude"):
        require(longitude is None or -180 <= longitude <= 180, "A longitude is from -180 to 180.")
    with findings.at("/address/country"):
        require(country is None or _COUNTRY.fullmatch(country) is not None, "A country is two letters like PL.")
    with findings.at("/phone"):
        phone = phone_of(values.get("phone"), country)
    return {"latitude": latitude, "longitude": longitude, "address": address, "phone": phone}


def _hours(values: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    with findings.at():
        week = tidy_week(values.get("hours") or {})
        columns["hours"] = {day: [list(span) for span in spans] for day, spans in week.items()}
    with findings.at():
        days = exceptions_of(values.get("exceptions") or [])
        columns["exceptions"] = [
            {"date": day.isoformat(), "hours": [list(span) for span in spans]} for day, spans in sorted(days.items())
        ]
    if "holidays" in values:
        columns["holidays"] = _holidays(values["holidays"], findings)
    return columns


def _holidays(given: Mapping[str, Any] | None, findings: Findings) -> dict[str, Any] | None:
    if given is None:
        return None
    country, subdivision = given["country"], given.get("subdivision")
    try:
        OpeningHours("UTC", {}, {}, country, subdivision)
    except RuleProblem as problem:
        findings.add((problem.pointer or "/holidays").replace("/holiday_", "/holidays/"), problem.message)
    return {"country": country, "subdivision": subdivision}


def read_pickup(pickup: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Columns of what pickup is like at a store; a missing member of the contract gets its default."""
    columns: dict[str, Any] = {"in_store": pickup.get("in_store", True), "curbside": pickup.get("curbside", False)}
    for name, (least, most, default) in _PICKUP_NUMBERS.items():
        with findings.at(f"/pickup/{name}"):
            columns[name] = whole_number(pickup.get(name, default), least=least, most=most)
    columns |= _slots(pickup, findings)
    bays = list(pickup.get("bays") or [])
    for index, bay in enumerate(bays):
        with findings.at(f"/pickup/bays/{index}"):
            require(key_of(bay, longest=40) not in bays[:index], f"{bay} is named twice.")
    columns["bays"] = bays
    return columns | _extended_pickup(pickup, findings)


def _slots(pickup: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    minutes, capacity = pickup.get("slot_minutes"), pickup.get("slot_capacity")
    with findings.at("/pickup/slot_minutes"):
        require((minutes is None) == (capacity is None), "A slot's length and capacity come together.")
        require(minutes is None or 1 <= minutes <= 1440, "A slot lasts from 1 to 1440 minutes.")
    with findings.at("/pickup/slot_capacity"):
        require(capacity is None or 1 <= capacity <= 1_000_000, "A slot takes from 1 to 1000000 orders or pieces.")
    return {"slot_minutes": minutes, "slot_capacity": capacity}


def _extended_pickup(pickup: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "cut_off" in pickup:
        columns["cut_off"] = pickup["cut_off"]
        with findings.at():
            if columns["cut_off"] is not None:
                minutes_of(columns["cut_off"], "/pickup/cut_off")
    if "pace_per_hour" in pickup:
        with findings.at("/pickup/pace_per_hour"):
            columns["pace_per_hour"] = whole_number(pickup["pace_per_hour"], least=1, most=100_000)
    if "slot_unit" in pickup:
        columns["slot_unit"] = pickup["slot_unit"]
        with findings.at("/pickup/slot_unit"):
            require(columns["slot_unit"] in SLOT_UNITS, f"A slot counts {' or '.join(SLOT_UNITS)}.")
    return columns | _extended_by(pickup, findings)


def _extended_by(pickup: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Numbers by temperature zone and by handling."""
    columns: dict[str, Any] = {}
    if "prep_minutes_by_handling" in pickup:
        columns["prep_minutes_by_handling"] = dict(pickup["prep_minutes_by_handling"] or {})
        for handling, minutes in columns["prep_minutes_by_handling"].items():
            with findings.at(f"/pickup/prep_minutes_by_handling/{handling}"):
                require(handling in HANDLINGS, f"A handling is one of {', '.join(HANDLINGS)}.")
                whole_number(minutes, least=0, most=_PICKUP_NUMBERS["prep_minutes"][1])
    if "hold_days_by_zone" in pickup:
        columns["hold_days_by_zone"] = dict(pickup["hold_days_by_zone"] or {})
        for zone, days in columns["hold_days_by_zone"].items():
            with findings.at(f"/pickup/hold_days_by_zone/{zone}"):
                require(zone in TEMPERATURES, f"A zone is one of {', '.join(TEMPERATURES)}.")
                whole_number(days, least=1, most=HORIZON_DAYS)
    return columns


def _policy(given: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Members of `rules.handoff_policies.HandoffPolicy`; amounts are decimal strings, a missing one means never."""
    known = {name: bool(given[name]) for name in _POLICY_FLAGS if name in given}
    for name in given.keys() - {*_POLICY_FLAGS, *_POLICY_AMOUNTS}:
        findings.add(f"/handoff/{name}", "The handoff policy knows no such rule.")
    amounts = {name: given[name] for name in _POLICY_AMOUNTS if given.get(name) is not None}
    for name, amount in amounts.items():
        with findings.at(f"/handoff/{name}"):
            require(_is_amount(amount), "An amount is a decimal text like 500.00.")
    return known | amounts


def _is_amount(text: Any) -> bool:
    try:
        return isinstance(text, str) and len(text) <= 20 and 0 <= Decimal(text) < 10**12
    except InvalidOperation:
        return False
