"""A customer's browser: opens links, follows redirects, sends forms with their token; and pages read as trees."""

from __future__ import annotations

import html
import re
from contextvars import Context
from dataclasses import dataclass

import html5lib
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

ORIGIN = "https://pickup.example"
COOKIE = "__Host-customer"


@dataclass
class Phone:
    """One browser with its cookies; English unless told."""

    client: FlaskClient
    language: str = "en"

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, **headers)

    def send(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> TestResponse:
        """A request outside of the test's own app context, as real ones are."""
        headers = {"Accept-Language": self.language, **headers}
        return Context().run(self.client.open, path, method=method, data=form, base_url=ORIGIN, headers=headers)

    def open_link(self, token: str, kind: str = "p") -> TestResponse:
        """What a tap on the link in a mail does."""
        answer = self.get(f"/{kind}/{token}")
        return self.get(answer.headers["Location"].removeprefix(ORIGIN)) if answer.status_code == 303 else answer

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/p/").text)
        assert found is not None
        return found[1]

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> TestResponse:
        return self.send("POST", path, {"csrf_token": self.token(), **(form or {})}, **headers)

    def cookie(self) -> str | None:
        found = self.client.get_cookie(COOKIE, "pickup.example")
        return found.value if found else None


def make_phone(app: OpenAPI, language: str = "en") -> Phone:
    return Phone(app.test_client(), language)


def text_of(answer: TestResponse | str) -> str:
    """The page's words, one space between them, as a person reads them."""
    page = answer if isinstance(answer, str) else answer.text
    main = page[page.index("<main") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def assert_valid(answer: TestResponse) -> None:
    """HTML without an error, ids that are there once, labels that lead somewhere."""
    html5lib.HTMLParser(strict=True).parse(answer.text)
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
