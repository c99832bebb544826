"""Every catalogue is complete, keeps what stands in a sentence, and is compiled."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog
from babel.support import Translations

from omni_pickup.config import ROOT
from translations.catalogues import OTHERS, Domain, domains, refusal_titles

CATALOGUES = [
    pytest.param(domain, language, id=f"{domain.name}-{language}") for domain in domains() for language in OTHERS
]
_MARKS = re.compile(r"%\(\w+\)s|</?\w+>|#")


def keys(catalog: Catalog) -> set[str]:
    return {message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.id}


def marks(text: str) -> list[str]:
    return sorted(_MARKS.findall(text))


@pytest.fixture(scope="module")
def asked_for() -> dict[str, set[str]]:
    return {domain.name: keys(domain.asked_for()) for domain in domains()}


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_every_word_is_translated_and_no_other(domain: Domain, language: str, asked_for: dict[str, set[str]]) -> None:
    assert keys(domain.read(language)) == asked_for[domain.name]


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_no_translation_is_empty_or_loses_what_is_put_into_it(domain: Domain, language: str) -> None:
    for message in domain.read(language):
        if not message.id:
            continue
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        # One thing alone may stand there without its number, as in English; everything else speaks of many.
        for text, source in zip(said, [english[0], *[english[-1]] * 3], strict=False):
            assert text, message.id
            assert marks(text) in ([marks(source)] if source == english[-1] else [marks(one) for one in english]), text


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_both_files_are_as_the_command_writes_them(domain: Domain, language: str) -> None:
    path = domain.po(language)
    kept = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    assert domain.files(language, domain.read(language)) == kept


@pytest.mark.parametrize("language", OTHERS)
def test_every_refusal_has_a_name_in_every_language(language: str) -> None:
    words = Translations.load(ROOT / "translations", [language], "staff")
    assert len(refusal_titles()) > 40
    assert [title for title in refusal_titles() if words.gettext(title) == title] == []


def test_texts_are_found_where_refusals_and_tables_hold_them() -> None:
    texts = keys(next(domain for domain in domains() if domain.name == "staff").asked_for())
    assert {"There is no bag %(code)s here.", "Choose a day.", "Offered to the customer.", "Picking started"} <= texts
