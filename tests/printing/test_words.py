"""The catalogues of printed words are complete and compiled."""

from __future__ import annotations

import io
import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from omni_pickup.config import ROOT
from omni_pickup.printing.words import LANGUAGES, TRANSLATIONS, catalogue, language_of

OTHERS = [language for language in LANGUAGES if language != "en"]


def source(language: str) -> Catalog:
    content = (TRANSLATIONS / language / "LC_MESSAGES" / "print.po").read_bytes()
    return read_po(io.BytesIO(content), locale=language)


def in_order(words: Catalog) -> list[tuple[str, list[str]]]:
    pairs = ((message.id, message.string) for message in words if message.id)
    return sorted((str(list(one)), [text] if isinstance(text, str) else list(text)) for one, text in pairs)


def asked_for() -> set[str]:
    found = extract_from_dir(ROOT / "templates" / "print", [("**.html", "jinja2")])
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_the_templates_is_translated_and_no_other(language: str) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in source(language) if message.id}
    assert known == asked_for()


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_empty_or_loses_a_placeholder(language: str) -> None:
    for message in source(language):
        if not message.id:
            continue
        wanted = set(re.findall(r"%\(\w+\)s", message.id if isinstance(message.id, str) else message.id[1]))
        for text in [message.string] if isinstance(message.string, str) else message.string:
            assert text
            assert set(re.findall(r"%\(\w+\)s", text)) == wanted


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_the_one_that_was_written(language: str) -> None:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "print.mo").open("rb") as file:
        compiled = in_order(read_mo(file))
    assert compiled == in_order(source(language))


def test_polish_counts_in_three_ways() -> None:
    words = catalogue("pl")
    texts = [words.ngettext("%(num)s piece not taken", "%(num)s pieces not taken", n) % {"num": n} for n in (1, 2, 5)]
    assert texts == ["1 sztuka nieodebrana", "2 sztuki nieodebrane", "5 sztuk nieodebranych"]


@pytest.mark.parametrize(
    ("wanted", "found"), [("pl-PL", "pl"), ("DE", "de"), ("sv_FI", "sv"), ("fi", "en"), ("", "en"), (None, "en")]
)
def test_the_nearest_language_is_spoken(wanted: str | None, found: str) -> None:
    assert language_of(wanted) == found
