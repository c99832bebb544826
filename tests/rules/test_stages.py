"""Each stage on the way to a promise is on time, at risk or late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from omni_pickup.rules.stages import Stage, sla_of, stages_of

PROMISED = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def before(minutes: float) -> datetime:
    return PROMISED - timedelta(minutes=minutes)


def stages(
    now: datetime, started: datetime | None = None, picked: datetime | None = None, ready: datetime | None = None
) -> tuple[Stage, Stage, Stage]:
    """An order that one person fetches in ten minutes."""
    return stages_of(
        now=now, promised_at=PROMISED, own_minutes=10, started_at=started, picked_at=picked, ready_at=ready
    )


def test_stages_are_counted_back_from_the_promise() -> None:
    assert [(one.name, one.due_at) for one in stages(before(60))] == [
        ("start", before(15)),
        ("picked", before(5)),
        ("ready", PROMISED),
    ]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (60, ["on_time", "on_time", "on_time"]),
        (25, ["on_time", "on_time", "on_time"]),
        (24, ["at_risk", "on_time", "on_time"]),
        (15, ["at_risk", "on_time", "on_time"]),
        (14, ["late", "at_risk", "on_time"]),
        (4, ["late", "late", "at_risk"]),
        (-1, ["late", "late", "late"]),
    ],
)
def test_what_nobody_began_becomes_at_risk_and_late_stage_by_stage(minutes: float, expected: list[str]) -> None:
    assert [one.sla for one in stages(before(minutes))] == expected


def test_a_stage_that_is_done_was_on_time_or_late_for_ever() -> None:
    early = stages(before(-60), before(30), before(6), before(1))
    assert [one.sla for one in early] == ["on_time", "on_time", "on_time"]
    late = stages(before(-60), before(14), before(4), before(-1))
    assert [one.sla for one in late] == ["late", "late", "late"]


def test_the_promised_minute_itself_is_kept() -> None:
    assert stages(PROMISED, before(20), before(10), PROMISED)[2].sla == "on_time"


def test_who_was_ready_without_a_pick_of_its_own_was_picked_and_begun_by_then() -> None:
    assert [one.done_at for one in stages(before(0), ready=before(2))] == [before(2)] * 3


def test_an_order_is_late_with_its_promise_and_at_risk_with_any_stage_before() -> None:
    assert sla_of(stages(before(60))) == "on_time"
    assert sla_of(stages(before(14))) == "at_risk"
    assert sla_of(stages(before(-1))) == "late"
    assert sla_of(stages(before(14), started=before(16))) == "at_risk"
    assert sla_of(stages(before(16), started=before(30))) == "on_time"
    # Begun late, but all that is left still fits.
    assert sla_of(stages(before(30), started=before(14), picked=before(12))) == "on_time"
