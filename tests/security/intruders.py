"""Everybody who comes to a door without being let in, and what each is answered there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from omni_pickup.api.endpoints import ENDPOINTS
from tests.security.rows import COMMANDS, OWN, ROWS, Row
from tests.security.worlds import CANARY, World
from tests.sites import ORIGIN, Browser

READING, UNSAFE = ("GET", "HEAD"), ("POST", "PUT", "PATCH", "DELETE")
_SCOPES = {f"api.{one.name}_{one.method.lower()}": one.scope for one in ENDPOINTS}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answers:
    """What somebody is answered at one door: to reading, and to trying to change something.

    `None` for both is the row's own word for a stranger.
    """

    carries: Mapping[str, str]
    reading: int | None = None
    writing: int | None = None
    bearer: str = ""


def _led_to_the_door(**carries: str) -> Answers:
    return Answers(carries, 303, 401)


def _signed_out(**carries: str) -> Answers:
    return Answers(carries, 401, 401)


#: By door and by who comes.
DOORS: dict[str, dict[str, Answers]] = {
    "everybody": {"nobody": Answers({}, 200, 200)},
    "readiness": {"nobody": Answers({}, 503)},
    "metrics": {"nobody": Answers({}, 401), "a shop's key": Answers({}, 401, bearer="key")},
    "entrance": {"nobody": Answers({}, 200, 401)},
    "leaving": {"nobody": Answers({}, 405, 303)},
    "knocking": {"nobody": Answers({}, 405, 303)},
    "setup": {"nobody": Answers({}, 404, 404), "an associate": Answers({"staff": "ania's password"}, 404, 404)},
    "lock": {"nobody": Answers({}, 401, 401), "a lost tablet": Answers({"device": "lost's tablet"}, 401, 401)},
    "link": {"nobody": Answers({}, 404, 404), "another customer": Answers({"link": "other link"}, 404, 404)},
    "tablet": {
        "nobody": _led_to_the_door(),
        "a customer": _led_to_the_door(link="own link"),
        "a shop's key": Answers({}, 303, 401, bearer="key"),
        "a manager's desk": _led_to_the_door(staff="mona's password"),
        "a tablet without a person": _led_to_the_door(device="ania's tablet"),
        "a locked tablet": _led_to_the_door(device="bartek's tablet", staff="bartek's PIN"),
        "a lost tablet": _signed_out(device="lost's tablet", staff="lost's PIN"),
        "somebody who left": _signed_out(device="gone's tablet", staff="gone's PIN"),
        "a PIN without its tablet": _signed_out(staff="ania's PIN"),
        "a PIN of another tablet": _signed_out(device="mona's tablet", staff="ania's PIN"),
        "a PIN on another store's tablet": _signed_out(device="far tablet", staff="ania's PIN"),
        "another store's tablet": Answers({"device": "far tablet", "staff": "far PIN"}),
    },
    "manager": {
        "nobody": _led_to_the_door(),
        "a customer": _led_to_the_door(link="own link"),
        "a shop's key": Answers({}, 303, 401, bearer="key"),
        "a locked desk": _led_to_the_door(staff="locked password"),
        "somebody who left": _signed_out(staff="gone's password"),
        "an associate": Answers({"staff": "ania's password"}, 403, 403),
        "an associate's tablet": Answers({"device": "ania's tablet", "staff": "ania's PIN"}, 403, 403),
        "another store's tablet": Answers({"device": "far tablet", "staff": "far PIN"}, 403, 403),
        "another store's manager": Answers({"staff": "boss's password"}),
    },
    "admin": {
        "nobody": _led_to_the_door(),
        "somebody who left": _signed_out(staff="gone's password"),
        "an associate": Answers({"staff": "ania's password"}, 403, 403),
        "a manager": Answers({"staff": "mona's password"}, 403, 403),
        "a manager's tablet": Answers({"device": "mona's tablet", "staff": "mona's PIN"}, 403, 403),
        "another store's manager": Answers({"staff": "boss's password"}),
    },
    "customer": {
        "nobody": Answers({}, 404, 404),
        "another customer": Answers({"link": "other link"}, 404, 404),
        "a link that was replaced": Answers({"customer": "replaced cookie"}, 404, 404),
        "an associate's tablet": Answers({"device": "ania's tablet", "staff": "ania's PIN"}, 404, 404),
        "an admin": Answers({"staff": "root's password"}, 404, 404),
        "a shop's key": Answers({}, 404, 404, bearer="key"),
    },
    "key": {
        "nobody": Answers({}, 401, 401),
        "a made-up key": Answers({}, 401, 401, bearer="guessed"),
        "a key that was revoked": Answers({}, 401, 401, bearer="revoked key"),
        "an admin": Answers({"staff": "root's password"}, 401, 401),
        "a tablet": Answers({"device": "ania's tablet", "staff": "ania's PIN"}, 401, 401),
        "a customer": Answers({"link": "own link"}, 401, 401),
        "a key without the scope": Answers({}, 403, 403, bearer="lacking"),
        "another shop's key": Answers({}, bearer="other key"),
        "a key of another store": Answers({}, bearer="bound key"),
    },
}


@dataclass
class Caller:
    """One intruder before one door."""

    world: World
    answers: Answers
    browser: Browser
    token: str

    @classmethod
    def come(cls, world: World, answers: Answers) -> Caller:
        browser = world.browser(**answers.carries)
        return cls(world, answers, browser, browser.csrf())

    def send(self, endpoint: str, method: str, row: Row) -> TestResponse:
        """Try it, with everything that the right one would send along."""
        path, form, query = row.filled(self.world.ids)
        address = self._address(endpoint, method, path) + query
        headers = {"X-CSRFToken": self.token, "Accept": "*/*"}
        if self.answers.bearer:
            key = f"no {_SCOPES[endpoint]}" if self.answers.bearer == "lacking" else self.answers.bearer
            headers["Authorization"] = f"Bearer {self.world.carried.get(key, key)}"
        if method in READING or method == "OPTIONS":
            return self.browser.client.open(address, method=method, base_url=ORIGIN, headers=headers)
        if row.door == "key":
            headers["Idempotency-Key"] = f"matrix-{next(_numbers)}"
            body = form if form or method in ("PUT", "PATCH") else None
            return self.browser.client.open(address, method=method, json=body, base_url=ORIGIN, headers=headers)
        return self.browser.client.open(
            address, method=method, data={"csrf_token": self.token, **form}, base_url=ORIGIN, headers=headers
        )

    def command(self, kind: str) -> TestResponse:
        """Send a tablet's command, as its script does."""
        body = Row("tablet", form=COMMANDS[kind]).filled(self.world.ids)[1]
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        sent = {"action_id": f"matrix-{next(_numbers)}", "kind": kind, **body}
        return self.browser.client.post("/board/actions", json=sent, base_url=ORIGIN, headers=headers)

    def _address(self, endpoint: str, method: str, path: Mapping[str, str]) -> str:
        values = {name: int(one) if name in ("session_id", "key_id") else one for name, one in path.items()}
        adapter = self.world.site.app.url_map.bind("pickup.example", url_scheme="https")
        return adapter.build(endpoint, values, method=method if method != "OPTIONS" else None)


def routes(world: World, door: str | None = None) -> Iterator[tuple[str, str]]:
    """Endpoint and method of every route, or of those behind one door."""
    for rule in sorted(world.site.app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        row = ROWS.get(rule.endpoint)
        if door is None or (row is not None and row.door == door):
            for method in sorted(rule.methods or ()):
                yield rule.endpoint, method


def try_door(world: World, door: str, who: str) -> list[str]:
    """What `who` was answered at each address behind the door that is not what the table says."""
    answers = DOORS[door][who]
    caller, complaints = Caller.come(world, answers), []
    for endpoint, method in routes(world, door):
        row = ROWS[endpoint]
        expected = _expected(answers, row, method, who)
        if expected == OWN and method in UNSAFE:
            continue
        answer = caller.send(endpoint, method, row)
        complaints += _complaints(f"{method} {endpoint}", answer, expected)
    if door == "tablet":
        for kind in COMMANDS:
            expected = 404 if answers.writing is None else answers.writing
            complaints += _complaints(f"command {kind}", caller.command(kind), expected)
    return complaints


def _expected(answers: Answers, row: Row, method: str, who: str) -> int:
    if method == "OPTIONS":
        return OWN
    given = answers.writing if method in UNSAFE else answers.reading
    if given is not None:
        return given
    return row.bound if who == "a key of another store" else row.stranger


def _complaints(what: str, answer: TestResponse, expected: int) -> list[str]:
    # A stream goes on for minutes; it never says more than "changed".
    page = "" if answer.mimetype == "text/event-stream" else answer.get_data(as_text=True)
    told = [f"{what} shows another's name"] if CANARY in page else []
    wrong = answer.status_code >= 500 if expected == OWN else answer.status_code != expected
    answer.close()
    return told + ([f"{what} answers {answer.status_code}, not {expected or 'what is its own'}"] if wrong else [])


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The tables whose rows are not what they were."""
    return [table for table in before if before[table] != after[table]]
