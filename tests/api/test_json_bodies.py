"""Reading JSON so that no two programs can understand it differently."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.api.json_bodies import DEEPEST, parse_json
from omni_pickup.errors import Unreadable
from tests.api.conftest import Shop
from tests.api.shops import store_body

HOSTILE = {
    "nothing": b"null nonsense",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "another encoding": '{"name": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "not closed": b'{"name": "x"',
    "two documents": b"{} {}",
    "trailing comma": b'{"name": "x",}',
    "comment": b'{"name": "x" /* y */}',
    "single quotes": b"{'name': 'x'}",
    "NaN": b'{"latitude": NaN}',
    "Infinity": b'{"latitude": Infinity}',
    "minus Infinity": b'{"latitude": -Infinity}',
    "overflowing number": b'{"latitude": 1e999}',
    "long number": b'{"latitude": ' + b"9" * 5000 + b"}",
    "long fraction": b'{"latitude": 0.' + b"1" * 100 + b"}",
    "duplicate names": b'{"name": "a", "name": "b"}',
    "duplicate names below": b'{"address": {"city": "a", "city": "b"}}',
    "duplicate names, one escaped": b'{"name": "a", "\\u006eame": "b"}',
    "NUL in a text": b'{"name": "a\\u0000b"}',
    "NUL in a name": b'{"a\\u0000b": 1}',
    "plain NUL": b'{"name": "a\0b"}',
    "lone high surrogate": b'{"name": "\\ud800"}',
    "lone low surrogate": b'{"name": "\\udc00x"}',
    "lone surrogate in a name": b'{"\\ud83d": 1}',
    "deep lists": b"[" * 33 + b"]" * 33,
    "absurdly deep lists": b"[" * 100_000 + b"]" * 100_000,
    "absurdly deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "only spaces": b"   ",
}


TEXT = st.characters(codec="utf-8", exclude_characters="\0")


class TestWhatIsRefused:
    @pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_json_is_unreadable_and_changes_nothing(self, shop: Shop, body: bytes) -> None:
        answer = shop.call("PUT", "/stores/WAW-01", raw=body)
        assert answer.status_code == 400
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"] == "unreadable"
        assert shop.get("/stores/WAW-01").status_code == 404

    def test_an_empty_body_is_unreadable_where_one_is_needed(self, shop: Shop) -> None:
        answer = shop.call("PUT", "/stores/WAW-01", raw=b"", Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, "unreadable")

    @pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"true", b"null"])
    def test_a_document_that_is_no_object_has_the_wrong_meaning(self, shop: Shop, body: bytes) -> None:
        answer = shop.call("PUT", "/stores/WAW-01", raw=body)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == ""

    @pytest.mark.parametrize(
        "media_type",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", None],
    )
    def test_other_media_types_are_415(self, shop: Shop, media_type: str | None) -> None:
        body = json.dumps(store_body()).encode()
        answer = shop.call("PUT", "/stores/WAW-01", raw=body, Content_Type=media_type)
        assert answer.status_code == 415
        assert answer.content_type == "application/problem+json"

    @pytest.mark.parametrize(
        "header", [{"Content_Type": "application/json; charset=latin-1"}, {"Content_Encoding": "gzip"}]
    )
    def test_other_encodings_are_415(self, shop: Shop, header: dict[str, str]) -> None:
        body = json.dumps(store_body()).encode()
        assert shop.call("PUT", "/stores/WAW-01", raw=body, **header).status_code == 415

    def test_a_body_beyond_the_limit_is_413(self, shop: Shop) -> None:
        body = b'{"name": "' + b"x" * (5 * 1024 * 1024) + b'"}'
        answer = shop.call("PUT", "/stores/WAW-01", raw=body)
        assert answer.status_code == 413
        assert answer.content_type == "application/problem+json"


class TestWhatIsRead:
    def test_utf_8_is_named_or_not(self, shop: Shop) -> None:
        body = json.dumps(store_body(name="Łódź 🛒"), ensure_ascii=False).encode()
        answer = shop.call("PUT", "/stores/WAW-01", raw=body, Content_Type="application/json; charset=UTF-8")
        assert answer.status_code == 201
        assert shop.get("/stores/WAW-01").json["name"] == "Łódź 🛒"

    def test_a_pair_of_surrogates_is_one_character(self) -> None:
        assert parse_json(b'"\\ud83d\\uded2"') == "🛒"

    def test_the_deepest_document_is_read_and_one_level_more_is_not(self) -> None:
        assert parse_json(b"[" * DEEPEST + b"1" + b"]" * DEEPEST)
        with pytest.raises(Unreadable):
            parse_json(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(TEXT),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(TEXT), inner),
            max_leaves=20,
        )
    )
    def test_every_other_document_is_read_as_it_was_meant(self, document: Any) -> None:
        assert parse_json(json.dumps(document).encode()) == document

    @given(st.binary(max_size=200))
    def test_no_bytes_bring_the_reader_down(self, sent: bytes) -> None:
        try:
            parse_json(sent)
        except Unreadable as error:
            assert error.status == 400  # noqa: PT017 - either outcome is right, any other error is not.
