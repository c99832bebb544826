"""The build id changes with what a tablet has loaded, and only with that."""

from __future__ import annotations

from pathlib import Path

import pytest

from omni_pickup import builds


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small program: one module, one page, one asset."""
    for name in ("omni_pickup/a.py", "templates/a.html", "static/css/a.css"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("first")
    monkeypatch.setattr(builds, "ROOT", tmp_path)
    return tmp_path


def _build() -> str:
    return builds.build_id.__wrapped__()


def test_the_same_files_are_the_same_build(shop: Path) -> None:
    before = _build()
    (shop / "static" / "css" / "a.css").touch()
    assert _build() == before
    assert len(before) == 12


@pytest.mark.parametrize("name", ["omni_pickup/a.py", "templates/a.html", "static/css/a.css"])
def test_a_changed_file_is_another_build(shop: Path, name: str) -> None:
    before = _build()
    (shop / name).write_text("second")
    assert _build() != before


def test_a_file_under_another_name_is_another_build(shop: Path) -> None:
    before = _build()
    (shop / "templates" / "a.html").rename(shop / "templates" / "b.html")
    assert _build() != before


def test_what_tests_leave_behind_changes_nothing(shop: Path) -> None:
    before = _build()
    (shop / "instance").mkdir()
    (shop / "instance" / "omni.sqlite").write_text("data")
    assert _build() == before
