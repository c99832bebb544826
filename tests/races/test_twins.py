"""The same races against servers without one guard: each must be lost, or the race would prove nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.races.contests import level, outcomes, race_for_pieces, race_with_one_external_id, race_with_one_key
from tests.servers import Site, stock_up

#: Fewer than the server has threads, so that all of them run at the same moment.
RACERS = 12
PIECES = 3


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A database and a key, without a server."""
    site = Site(tmp_path_factory.mktemp("twins"))
    try:
        assert site.command("db", "upgrade").returncode == 0
        site.make_key()
        yield site
    finally:
        site.close()


@contextmanager
def without(site: Site, guards: str) -> Iterator[Site]:
    """The site served by a web server that lacks these guards."""
    program = (sys.executable, "-m", "tests.races.unguarded", guards)
    process = site.start("web", "--port", str(site.port), program=program)
    try:
        site.wait_for("/healthz")
        yield site
    finally:
        site.kill(process)


def test_without_the_guarded_update_the_check_constraint_still_holds_but_no_refusal_is_clean(bare: Site) -> None:
    with without(bare, "reservation") as site:
        stock_up(site.client(), "TWIN", {"A": PIECES})
        seen = outcomes(race_for_pieces(site, "TWIN", "A", racers=RACERS))
        assert seen["201"] <= PIECES
        assert seen["409 insufficient_stock"] == 0
        assert level(site.client(), "TWIN", "A")["reserved"] <= PIECES


def test_without_the_guarded_update_and_the_check_pieces_are_sold_twice(bare: Site) -> None:
    with without(bare, "reservation,checks") as site:
        stock_up(site.client(), "TWIN", {"B": PIECES})
        seen = outcomes(race_for_pieces(site, "TWIN", "B", racers=RACERS))
        assert seen["201"] > PIECES
        assert level(site.client(), "TWIN", "B")["reserved"] > PIECES


def test_without_the_unique_external_id_one_order_becomes_many(bare: Site) -> None:
    with without(bare, "external_id") as site:
        stock_up(site.client(), "TWIN", {"C": 100})
        replies = race_with_one_external_id(site, "TWIN", "C", racers=RACERS)
        assert outcomes(replies) == {"201": RACERS}
        assert len({reply.json["id"] for reply in replies}) == RACERS


def test_without_remembered_keys_a_request_runs_as_often_as_it_is_sent(bare: Site) -> None:
    with without(bare, "idempotency") as site:
        stock_up(site.client(), "TWIN", {"D": 100})
        _, cancelled = race_with_one_key(site, "TWIN", "D", racers=RACERS)
        assert cancelled == RACERS
