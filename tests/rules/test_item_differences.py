"""The words on the red screen after a wrong scan."""

from __future__ import annotations

from typing import Any

from omni_pickup.rules.item_differences import describe_difference, differing_attributes


def words(found_name: str | None, **found: Any) -> str:
    return describe_difference(
        wanted_name="T-shirt",
        wanted_attributes={"size": "M", "colour": "red"},
        found_name=found_name,
        found_attributes=found,
    )


def test_only_the_attribute_that_differs_is_named() -> None:
    assert words("T-shirt", size="L", colour="red") == "Wrong size: L, not M."


def test_several_differences_are_all_named() -> None:
    assert words("T-shirt", size="L", colour="blue") == "Wrong size: L, not M; wrong colour: blue, not red."


def test_another_article_is_named_by_its_name() -> None:
    assert words("Mug") == "Wrong item: Mug, not T-shirt."


def test_a_barcode_nobody_knows_says_so() -> None:
    assert words(None) == "This barcode is not known here. Wanted: T-shirt."


def test_a_twin_without_any_difference_is_still_another_item() -> None:
    assert words("T-shirt", size="M", colour="red") == "This is another item that is also called T-shirt."


def test_a_missing_attribute_is_a_dash() -> None:
    assert differing_attributes({"size": "M"}, {"fit": "slim"}) == {"size": ("M", "-"), "fit": ("-", "slim")}
