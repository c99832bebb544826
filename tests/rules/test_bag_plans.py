"""Which bags an order makes, and where they go."""

from __future__ import annotations

from omni_pickup.rules.bag_plans import BagPlan, LoosePieces, Place, choose_place, plan_bags

PLACES = [
    Place("S-10", "ambient", "shelf", 0),
    Place("S-02", "ambient", "shelf", 0),
    Place("S-01", "ambient", "shelf", 2),
    Place("R-1", "ambient", "rail", 0),
    Place("C-1", "ambient", "cage", 5),
    Place("F-1", "chilled", "fridge", 1),
    Place("F-2", "chilled", "fridge", 0),
]


def test_one_zone_makes_one_bag() -> None:
    plan = plan_bags([LoosePieces("1", 2), LoosePieces("2", 1)])
    assert plan == [BagPlan("ambient", {"1": 2, "2": 1})]


def test_zones_stay_apart_and_cold_ones_are_made_last() -> None:
    plan = plan_bags([LoosePieces("1", 1, "frozen"), LoosePieces("2", 1, "chilled"), LoosePieces("3", 1)])
    assert [bag.zone for bag in plan] == ["ambient", "chilled", "frozen"]


def test_every_bulky_piece_is_a_bag_of_its_own() -> None:
    plan = plan_bags([LoosePieces("1", 2, bulky=True), LoosePieces("2", 3)])
    assert [(dict(bag.contents), bag.bulky) for bag in plan] == [({"2": 3}, False), ({"1": 1}, True), ({"1": 1}, True)]


def test_nothing_loose_makes_no_bag() -> None:
    assert plan_bags([LoosePieces("1", 0), LoosePieces("2", 0, bulky=True)]) == []


def test_a_zone_that_nobody_named_before_comes_last() -> None:
    plan = plan_bags([LoosePieces("1", 1, "hot"), LoosePieces("2", 1, "frozen")])
    assert [bag.zone for bag in plan] == ["frozen", "hot"]


def test_a_bag_goes_where_the_fewest_stand_in_walk_order() -> None:
    assert choose_place(PLACES, zone="ambient") == "S-02"
    assert choose_place(PLACES, zone="chilled") == "F-2"


def test_a_bag_stands_beside_the_other_bags_of_its_order() -> None:
    assert choose_place(PLACES, zone="ambient", beside=["S-01", "F-1"]) == "S-01"
    assert choose_place(PLACES, zone="chilled", beside=["S-01", "F-1"]) == "F-1"


def test_a_bulky_piece_goes_into_a_cage_and_nothing_else_does() -> None:
    assert choose_place(PLACES, zone="ambient", bulky=True) == "C-1"
    assert choose_place([PLACES[4]], zone="ambient") == "C-1", "a full house is no reason to have no place"


def test_without_a_place_of_the_zone_there_is_none() -> None:
    assert choose_place(PLACES, zone="frozen") is None
