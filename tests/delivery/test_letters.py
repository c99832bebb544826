from __future__ import annotations

import html5lib
import pytest
from flask import Flask

from omni_pickup.config import ROOT
from omni_pickup.delivery.letters import listed, one_line, write_letter
from omni_pickup.languages import LANGUAGES
from omni_pickup.rules.messages import MESSAGE_KINDS

LINK = "https://pickup.example/p/abc"
FACTS = {
    "name": "Ada Nowak",
    "number": "100001",
    "rma": "R500001",
    "store": "Warszawa Centrum",
    "address": "Marszałkowska 1, 00-001 Warszawa",
    "phone": "+48 22 000 00 00",
    "items": "- 2 × T-shirt\n- 1 × Kubek",
    "collected": "- 2 × T-shirt",
    "asked": "- 1 × Kubek",
    "deadline": "DEADLINE",
    "promised": "PROMISED",
    "until": "UNTIL",
    "due": "19,90 zł",
    "refund": "yes",
    "link": LINK,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(MESSAGE_KINDS))
def test_every_kind_is_written_in_every_language(app: Flask, kind: str, language: str) -> None:
    letter = write_letter(kind, language, FACTS)
    assert ("R500001" if kind.startswith("return_") else "100001") in letter.subject
    assert "\n" not in letter.subject
    assert LINK in letter.text
    assert f'<a href="{LINK}"' in letter.html
    assert f'<html lang="{language}">' in letter.html
    for text in (letter.text, letter.subject):
        assert "{" not in text
        assert "  " not in text
    html5lib.HTMLParser(strict=True).parse(letter.html)


@pytest.mark.parametrize("kind", sorted(MESSAGE_KINDS))
def test_no_two_languages_say_the_same(app: Flask, kind: str) -> None:
    assert len({write_letter(kind, language, FACTS).text for language in LANGUAGES}) == len(LANGUAGES)
    assert len({write_letter(kind, language, FACTS).subject for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("kind", sorted(MESSAGE_KINDS))
def test_languages_use_the_same_facts(kind: str) -> None:
    def facts(language: str) -> set[str]:
        text = (ROOT / "templates" / "mail" / language / f"{kind}.txt").read_text()
        return {name for name in FACTS if f"{{ {name} }}" in text}

    assert len({frozenset(facts(language)) for language in LANGUAGES}) == 1


def test_missing_facts_leave_no_holes(app: Flask) -> None:
    text = write_letter("ready", "en", {"number": "1", "store": "Shop", "items": "- 1 × Mug", "link": LINK}).text
    assert text.startswith("Hello,\n\nYour order is waiting")
    assert "to pay" not in text
    assert "\n\n\n" not in text


def test_the_html_shows_lists_and_the_link(app: Flask) -> None:
    html = write_letter("ready", "en", FACTS).html
    assert "<li>2 × T-shirt</li>" in html
    assert html.count("<a ") == 1


def test_what_people_typed_is_inert_in_the_html(app: Flask) -> None:
    hostile = {"name": "<img src=x onerror=alert(1)>", "items": listed([(1, "</ul><script>1</script>")])}
    html = write_letter("received", "en", FACTS | hostile).html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada\r\nBcc: all@example.com", "Ada Bcc: all@example.com"),
        ("Ada\n\nhttps://evil.example", "Ada https://evil.example"),
        ("a\u2028b\u2029c\x0bd\x85e", "a b c d e"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("nul\x00led \ud800", "nul led"),
        ("  many \u00a0 spaces ", "many spaces"),
        (None, ""),
        ("Zażółć gęślą jaźń 漢字 🙂", "Zażółć gęślą jaźń 漢字 🙂"),
        ("x" * 1000, "x" * 200),
    ],
)
def test_a_fact_stays_on_one_line(typed: str | None, kept: str) -> None:
    assert one_line(typed) == kept


def test_every_templates_folder_is_a_language() -> None:
    folders = {path.name for path in (ROOT / "templates" / "mail").iterdir() if path.is_dir()}
    assert folders == set(LANGUAGES)
    for language in LANGUAGES:
        files = {path.stem for path in (ROOT / "templates" / "mail" / language).iterdir()}
        assert files == MESSAGE_KINDS | {"_hello", "_end"}
