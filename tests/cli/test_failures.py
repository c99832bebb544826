"""What can be foreseen ends in one sentence and an exit code, never in a trace."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from omni_pickup.cli.failures import sentence
from omni_pickup.errors import Invalid
from tests.cli.conftest import Omni


def test_an_unknown_command_is_a_usage_error(bare_omni: Omni) -> None:
    result = bare_omni("fly")
    assert (result.code, "No such command 'fly'" in result.err) == (2, True)


@pytest.mark.parametrize("arguments", [["key", "create"], ["key", "create", "shop"], ["serve", "--port", "70000"]])
def test_wrong_arguments_are_usage_errors(bare_omni: Omni, arguments: list[str]) -> None:
    assert bare_omni(*arguments).code == 2


def test_help_is_no_failure(bare_omni: Omni) -> None:
    result = bare_omni("--help")
    assert result.code == 0
    for name in ("serve", "web", "worker", "db", "demo", "key", "staff", "import", "stock", "backup", "restore"):
        assert f"\n  {name} " in result.out


def test_an_unknown_setting_is_named_with_the_known_ones(bare_omni: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_PORTT", "1")
    result = bare_omni("key", "list")
    assert result.code == 1
    assert result.err.startswith("omni: Unknown setting OMNI_PORTT. Known are: ")
    assert "OMNI_BASE_URL" in result.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OMNI_WEB_THREADS", "many", "OMNI_WEB_THREADS is not right"),
        ("OMNI_BASE_URL", "pickup.example", "give it as https://name"),
        ("OMNI_DATABASE_URL", "mysql://x", "sqlite:/// or postgresql"),
        ("OMNI_SECRET_KEY", "short", "OMNI_SECRET_KEY must be a secret"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    bare_omni: Omni, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    result = bare_omni("key", "list")
    assert (result.code, words in result.err, "Traceback" in result.err) == (1, True, False)


@pytest.mark.parametrize("arguments", [["key", "list"], ["stock", "verify"], ["worker"], ["web"]])
def test_commands_never_migrate_and_name_the_command_that_does(bare_omni: Omni, arguments: list[str]) -> None:
    result = bare_omni(*arguments)
    assert (result.code, result.err.endswith("Run: omni db upgrade\n")) == (1, True)


def test_a_folder_that_cannot_be_made_is_one_sentence(
    bare_omni: Omni, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OMNI_INSTANCE_DIR", str(tmp_path / "file" / "instance"))
    result = bare_omni("db", "upgrade")
    assert result.code == 1
    assert "cannot be made: Not a directory. Set OMNI_INSTANCE_DIR." in result.err


def test_a_file_that_is_no_database_is_one_sentence(bare_omni: Omni, instance: Path) -> None:
    (instance / "omni.sqlite").write_bytes(b"this is no database" * 100)
    result = bare_omni("key", "list")
    assert (result.code, result.err) == (1, "omni: The database cannot be used: file is not a database.\n")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")), "The disk is full"),
        (OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: x")), "Run: omni db upgrade"),
        (OSError(28, "No space left on device", "/x/y"), "/x/y: No space left on device."),
        (BrokenPipeError(os.strerror(32)), "Broken pipe"),
        (Invalid.at("/a", "A is wrong."), "A is wrong."),
        (Invalid("Two.", errors=[{"pointer": "/a", "message": "A."}, {"pointer": "/b", "message": "B."}]), "/b: B."),
    ],
)
def test_each_kind_of_failure_has_its_words(error: Exception, words: str) -> None:
    assert words in sentence(error)
    assert "INSERT" not in sentence(error)


def test_ctrl_c_says_so(bare_omni: Omni, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("omni_pickup.cli.settings.load_settings", interrupt)
    result = bare_omni("key", "list")
    assert (result.code, result.err.strip()) == (130, "Stopped.")
