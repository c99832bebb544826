"""Sample data goes into a database of its own, and what `serve` says with it is true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omni_pickup.cli import demos
from omni_pickup.cli.welcomes import welcome
from omni_pickup.config import Settings
from tests.cli.conftest import Omni


def test_sample_data_never_goes_into_a_database_that_was_named(
    bare_omni: Omni, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_DATABASE_URL", f"sqlite:///{instance / 'mine.sqlite'}")
    result = bare_omni("demo", "load")
    assert (result.code, "Sample data goes only into its own database." in result.err) == (1, True)
    assert list(instance.iterdir()) == []


def test_loading_makes_the_sample_database_and_its_secrets_only(
    bare_omni: Omni, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path | None] = []
    monkeypatch.setattr(demos, "load_demo", lambda app: loaded.append(app.config["SETTINGS"].sqlite_path))
    for name in ("OMNI_SECRET_KEY", "OMNI_PIN_PEPPER"):
        monkeypatch.delenv(name)
    result = bare_omni("demo", "load")
    assert result.code == 0, result.err
    assert loaded == [instance / "demo.sqlite"]
    assert {"demo.sqlite", "secret_key", "pin_pepper"} <= {path.name for path in instance.iterdir()}
    assert not (instance / "omni.sqlite").exists()


def test_the_welcome_names_people_the_key_and_three_commands_to_try(
    own: Settings, instance: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = {
        "people": [{"login": "ania", "password": "word-word-word", "pin": "739154", "role": "associate"}],
        "api_key": "omni_sample",
        "store": "WAW-01",
        "sku": "TSHIRT-M",
        "price": {"amount": "19.90", "currency": "PLN"},
    }
    (instance / "demo-logins.json").write_text(json.dumps(samples))
    welcome(own.model_copy(update={"demo": True, "base_url": "http://127.0.0.1:8000"}))
    said = capsys.readouterr().out
    assert "is running with sample data." in said
    assert "ania         password word-word-word  PIN 739154  associate" in said
    assert "Sample API key: omni_sample" in said
    assert said.count("  curl -s -H 'Authorization: Bearer omni_sample'") == 3
    assert "/setup?token=" not in said


def test_a_shop_with_people_needs_no_set_up_link(
    omni: Omni, own: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = own.model_copy(update={"base_url": "http://127.0.0.1:8000"})
    welcome(own)
    assert "http://127.0.0.1:8000/setup?token=" in capsys.readouterr().out
    monkeypatch.setattr("omni_pickup.cli.welcomes.nobody_yet", lambda: False)
    welcome(own)
    assert "/setup" not in capsys.readouterr().out
