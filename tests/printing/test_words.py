"""The catalogues of printed words are complete and compiled."""

from __future__ import annotations

from omni_pickup.printing.words import catalogue


def test_polish_counts_in_three_ways() -> None:
    words = catalogue("pl")
    texts = [words.ngettext("%(num)s piece not taken", "%(num)s pieces not taken", n) % {"num": n} for n in (1, 2, 5)]
    assert texts == ["1 sztuka nieodebrana", "2 sztuki nieodebrane", "5 sztuk nieodebranych"]
