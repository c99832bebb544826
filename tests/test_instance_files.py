"""Secrets are made once, kept for their owner only, and the environment wins over them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from omni_pickup import instance_files
from omni_pickup.config import ConfigError, Settings, check_secrets, load_settings


@pytest.fixture
def bare(tmp_path: Path) -> Settings:
    return load_settings({"OMNI_INSTANCE_DIR": str(tmp_path / "instance")})


def test_secrets_are_made_once_and_kept_private(bare: Settings) -> None:
    instance_files.make_folder(bare)
    made = instance_files.with_secrets(bare, make=True)
    check_secrets(made)
    assert made.secret_key != made.pin_pepper
    assert instance_files.with_secrets(bare, make=True).secret_key == made.secret_key
    assert instance_files.with_secrets(bare, make=False).pin_pepper == made.pin_pepper
    for name in instance_files.SECRETS:
        assert (bare.instance_dir / name).stat().st_mode & 0o777 == 0o600
    assert bare.instance_dir.stat().st_mode & 0o777 == 0o700


def test_the_environment_wins_and_nothing_is_made(bare: Settings) -> None:
    given = bare.model_copy(update={"secret_key": "g" * 40, "pin_pepper": "p" * 40})
    assert instance_files.with_secrets(given, make=True) == given
    assert not bare.instance_dir.exists()


def test_without_being_asked_no_secret_is_made(bare: Settings) -> None:
    assert instance_files.with_secrets(bare, make=False).secret_key == ""


def test_a_file_is_replaced_whole_or_not_at_all(bare: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    instance_files.make_folder(bare)
    path = bare.instance_dir / "secret_key"
    instance_files.write_private(path, "old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            instance_files.write_private(path, "new")
    assert path.read_text() == "old"
    assert [one.name for one in bare.instance_dir.iterdir()] == ["secret_key"]


def test_commands_act_on_what_was_served_last(bare: Settings) -> None:
    instance_files.make_folder(bare)
    assert not instance_files.as_served(bare).demo
    instance_files.note_serving(bare.model_copy(update={"demo": True}))
    assert instance_files.as_served(bare).demo
    instance_files.note_serving(bare)
    assert not instance_files.as_served(bare).demo


def test_a_named_database_or_choice_is_not_overridden(bare: Settings) -> None:
    instance_files.make_folder(bare)
    instance_files.note_serving(bare.model_copy(update={"demo": True}))
    named = load_settings({"OMNI_INSTANCE_DIR": str(bare.instance_dir), "OMNI_DATABASE_URL": "sqlite:////x/y.sqlite"})
    chosen = load_settings({"OMNI_INSTANCE_DIR": str(bare.instance_dir), "OMNI_DEMO": "false"})
    assert not instance_files.as_served(named).demo
    assert not instance_files.as_served(chosen).demo


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made: Not a directory"):
        instance_files.make_folder(load_settings({"OMNI_INSTANCE_DIR": str(tmp_path / "file" / "x")}))
