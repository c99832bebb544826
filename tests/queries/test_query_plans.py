"""What PostgreSQL does for every statement of the hot routes, in a shop whose history is long.

The rows are few, so that the test is quick, but the planner is told that each table has a hundred times as many: a
quarter of a million orders, many of them at the store that the walk goes through. What is judged is the plan that it
makes from that, and how many of the real rows the plan reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from benchmarks.scale_databases import fill
from benchmarks.scale_plans import MASTERS, Plan, explained, pretend_size
from benchmarks.scale_rows import Sizes
from benchmarks.scale_walks import Walker, make_walker, steps
from omni_pickup import clock, create_app
from omni_pickup.config import load_settings
from omni_pickup.models import db, transaction
from omni_pickup.queries.stock.books import list_differences
from tests.postgresql import running_server

SIZES = Sizes(stores=40, items=400, assortment=60, past=2400, open=120, skew=3)
FACTOR = 100
#: The event feed reads 500 rows at once, and nothing else so many; store 1 alone has 700 orders.
MOST_ROWS = 510
#: The board counts the newest thousand events. What the worker measures or packs once in a while may read some weeks
#: of a store, or the movements of 200 levels.
WIDE = {"board": 1010, "board fragment": 1010, "worker: measure_paces": 4000, "worker: keep_history": 4000}
#: Blocks of 8 KiB. A walk along one of the big indexes touches more.
MOST_PAGES = 900


@dataclass(frozen=True)
class Chain:
    """A filled database, an app on it, and somebody to walk through its busiest store."""

    app: OpenAPI
    walker: Walker


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    with running_server() as server:
        url = server.new_database()
        settings = load_settings(
            {},
            instance_dir=tmp_path_factory.mktemp("chain"),
            database_url=url,
            secret_key="k" * 40,
            pin_pepper="p" * 40,
            base_url="https://pickup.example",
        )
        app = create_app(settings)
        with app.app_context(), transaction("schema"):
            db.metadata.create_all(db.session.connection())
        fill(url, SIZES, clock.now(), lambda _: None)
        with app.app_context(), transaction("size"):
            pretend_size(db.session.connection(), FACTOR)
        with app.app_context():
            db.engine.dispose()
        yield Chain(app, make_walker(app, 1))
        with app.app_context():
            db.engine.dispose()


def walked(chain: Chain, *only: str) -> list[Plan]:
    """The plans of everything that the walk asks for, or of the named steps."""
    step = [""]
    with chain.app.app_context():
        engine = db.engine
    with explained(engine, step) as plans:
        for name, run in steps(chain.walker):
            if not only or name in only:
                step[0] = name
                run()
                step[0] = ""
    return [plan for plan in plans if plan.step]


def faults(plans: list[Plan]) -> list[str]:
    """What is wrong with plans, in words that name the statement."""
    return [
        f"{plan.step}: {', '.join(plan.sequential) or plan.most_rows} in {plan.pages} pages: {plan.statement[-400:]}"
        for plan in plans
        if plan.sequential
        or plan.most_rows > WIDE.get(plan.step, MOST_ROWS)
        or plan.pages > max(MOST_PAGES, WIDE.get(plan.step, 0))
    ]


def test_the_books_of_the_made_up_chain_agree(chain: Chain) -> None:
    with chain.app.app_context():
        assert list_differences() == []
        db.session.remove()


def test_no_hot_statement_reads_a_table_from_end_to_end_or_more_of_it_the_longer_the_history_is(chain: Chain) -> None:
    plans = walked(chain)
    assert len(plans) > 150
    seen = {scan.table for plan in plans for scan in plan.scans} - MASTERS
    assert {"orders", "order_lines", "order_contacts", "events", "stock_levels", "packages", "outbox"} <= seen
    assert not faults(plans), "\n".join(faults(plans))


@pytest.mark.parametrize(
    ("index", "step"),
    [
        ("ix_packages_store_state", "staging"),
        ("ix_orders_client_updated", "orders changed since ever"),
        ("ix_waves_store_state", "shift"),
        ("ix_orders_store_updated", "search by surname"),
        ("ix_orders_store", "orders of one store"),
    ],
)
def test_without_its_index_a_statement_is_caught(chain: Chain, index: str, step: str) -> None:
    assert faults(walked(chain, step)) == []
    with chain.app.app_context(), transaction("damage"):
        connection = db.session.connection()
        definition = connection.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), {"name": index})
        connection.execute(text(f"DROP INDEX {index}"))
    try:
        assert faults(walked(chain, step))
    finally:
        with chain.app.app_context(), transaction("repair"):
            db.session.connection().execute(text(definition))
