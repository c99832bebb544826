"""Settings are read in one place, and a wrong one is named with the way out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from omni_pickup.config import ConfigError, Settings, check_secrets, child_environment, load_settings


def test_without_any_setting_the_data_lies_in_the_instance_folder() -> None:
    settings = load_settings({})
    assert settings.sqlite_path == settings.instance_dir.resolve() / "omni.sqlite"
    assert load_settings({"OMNI_DEMO": "true"}).sqlite_path == settings.instance_dir.resolve() / "demo.sqlite"


def test_a_folder_given_by_a_relative_path_does_not_move_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings({"OMNI_INSTANCE_DIR": "somewhere"})
    assert settings.sqlite_path == Path.cwd() / "somewhere" / "omni.sqlite"


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "postgresql+psycopg://user@host/shop"])
def test_only_a_file_has_a_path(url: str) -> None:
    assert load_settings({"OMNI_DATABASE_URL": url}).sqlite_path is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMNI_DATABASE_URL", "mysql://host/shop"),
        ("OMNI_DATABASE_URL", "postgresql://host/shop"),
        ("OMNI_BASE_URL", "pickup.example"),
        ("OMNI_BASE_URL", "ftp://pickup.example"),
        ("OMNI_BASE_URL", "https://pickup.example/shop"),
        ("OMNI_TRUSTED_PROXIES", "-1"),
        ("OMNI_WEB_THREADS", "1"),
        ("OMNI_BACKUP_KEEP", "none"),
        ("OMNI_API_LIMIT", "lots"),
        ("OMNI_API_LIMIT", ""),
        ("OMNI_LOG_LEVEL", "LOUD"),
        ("OMNI_MAIL_FROM", "nobody"),
        ("OMNI_MAIL_FROM", ""),
        ("OMNI_MAIL_FROM", "Pickup <pickup@example.com>\nBcc: eve@example.com"),
        ("OMNI_GS1_COMPANY_PREFIX", "590"),
        ("OMNI_GS1_COMPANY_PREFIX", "59O1234"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is not right: (?!Value error)"):
        load_settings({name: value})


def test_values_that_operators_write_are_read() -> None:
    settings = load_settings(
        {
            "OMNI_API_LIMIT": "10/second;1000/minute",
            "OMNI_LOG_LEVEL": "warning",
            "OMNI_MAIL_FROM": "Pickup <pickup@example.com>",
            "OMNI_GS1_COMPANY_PREFIX": "5901234",
        }
    )
    assert settings.log_level == "WARNING"
    assert settings.mail_from == "Pickup <pickup@example.com>"


def test_a_missing_secret_says_who_makes_it(settings: Settings) -> None:
    with pytest.raises(ConfigError, match=f"omni serve makes and keeps one in {settings.instance_dir}"):
        check_secrets(settings.model_copy(update={"secret_key": ""}))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="Unknown setting OMNI_BASEURL. Known are: .*OMNI_BASE_URL"):
        load_settings({"OMNI_BASEURL": "https://pickup.example", "OTHER": "fine"})


@pytest.mark.parametrize("name", ["secret_key", "pin_pepper"])
@pytest.mark.parametrize("value", ["", "changeme", "x" * 31])
def test_a_missing_known_or_short_secret_is_refused(settings: Settings, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"OMNI_{name.upper()} must be a secret"):
        check_secrets(settings.model_copy(update={name: value}))


def test_secrets_are_not_shown_with_the_settings(settings: Settings) -> None:
    assert settings.secret_key not in repr(settings)
    assert settings.pin_pepper not in repr(settings)


def test_only_https_makes_cookies_secure(settings: Settings) -> None:
    assert settings.secure
    assert not settings.model_copy(update={"base_url": "http://127.0.0.1:8000"}).secure


def test_a_child_gets_exactly_these_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BASE_URL", "https://other.example")
    monkeypatch.setenv("HOME_OF_TESTS", "here")
    environment = child_environment(settings.model_copy(update={"demo": True}))
    assert environment["HOME_OF_TESTS"] == "here"
    assert load_settings(environment) == settings.model_copy(update={"demo": True})
    assert os.environ["OMNI_BASE_URL"] == "https://other.example"
