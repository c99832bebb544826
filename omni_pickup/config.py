"""The only reader of the environment. Every setting is an `OMNI_*` variable; unknown ones are refused."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
#: Values that stand in examples; a server that starts with one of them is open to everyone.
KNOWN_SECRETS = frozenset({"", "secret", "changeme", "change-me", "dev", "development", "test", "password"})
MIN_SECRET_LENGTH = 32
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class ConfigError(Exception):
    """A wrong setting, in a sentence that names the variable and the way out."""


class Settings(BaseSettings):
    """What the person who runs the server may decide. Times are in the unit their name ends in."""

    model_config = SettingsConfigDict(env_prefix="OMNI_", extra="ignore", frozen=True)

    instance_dir: Path = ROOT / "instance"
    database_url: str = ""
    secret_key: str = Field(default="", repr=False)
    secret_key_previous: str = Field(default="", repr=False)
    pin_pepper: str = Field(default="", repr=False)
    base_url: str = ""
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    smtp_url: str = Field(default="", repr=False)
    mail_from: str = "Store <no-reply@localhost>"
    metrics_token: str = Field(default="", repr=False)
    api_limit: str = "2000 per 10 seconds"
    database_connections: int = Field(default=16, ge=4, le=256)
    web_threads: int = Field(default=80, ge=2, le=256)
    warm_printing: bool = True
    body_limit_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    undo_minutes: int = Field(default=10, ge=0, le=1440)
    question_minutes: int = Field(default=120, ge=1)
    other_store_km: float = Field(default=50, ge=0, allow_inf_nan=False)
    session_hours: int = Field(default=14, ge=1, le=720)
    lock_minutes: int = Field(default=5, ge=1, le=240)
    backup_keep: int = Field(default=14, ge=1, le=1000)
    history_days: int = Field(default=400, ge=90)
    gs1_company_prefix: str = "0000000"
    log_level: str = "INFO"
    demo: bool = False
    crash_at: str = ""

    @field_validator("base_url")
    @classmethod
    def _clean_base_url(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("give it as https://name[:port] with nothing behind")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("it begins with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("api_limit")
    @classmethod
    def _readable_limit(cls, value: str) -> str:
        """A limit that cannot be read would be no limit at all."""
        try:
            parse_many(value)
        except ValueError as error:
            raise ValueError("it is written like 2000 per 10 seconds") from error
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in LOG_LEVELS:
            raise ValueError(f"it is one of {', '.join(LOG_LEVELS)}")
        return value.upper()

    @field_validator("mail_from")
    @classmethod
    def _sender_with_address(cls, value: str) -> str:
        """Without an address every single mail would fail for good."""
        user, _, domain = parseaddr(value)[1].rpartition("@")
        if not user or not domain or not value.isprintable() or " " in domain:
            raise ValueError("it is written like Pickup <pickup@example.com>")
        return value

    @field_validator("gs1_company_prefix")
    @classmethod
    def _prefix_of_digits(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{4,12}", value):
            raise ValueError("it has 4 to 12 digits")
        return value

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file, or None for PostgreSQL and for a database in memory."""
        scheme, _, path = self.database.partition(":///")
        return Path(path) if scheme == "sqlite" and path not in ("", ":memory:") else None

    @property
    def database(self) -> str:
        """The SQLAlchemy address: the given one, or an SQLite file under the instance folder."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self.instance_dir.resolve() / ('demo.sqlite' if self.demo else 'omni.sqlite')}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https, so that cookies may be `__Host-` and `Secure`."""
        return self.base_url.startswith("https://")


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from `OMNI_*` variables, `overrides` winning. Raises ConfigError."""
    given = os.environ if environ is None else environ
    _refuse_unknown(given)
    values: dict[str, object] = {
        name: given[f"OMNI_{name.upper()}"] for name in Settings.model_fields if f"OMNI_{name.upper()}" in given
    }
    try:
        return Settings(**(values | overrides))  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "OMNI_" + str(first["loc"][0]).upper()
        raise ConfigError(f"{name} is not right: {first['msg'].removeprefix('Value error, ')}") from error


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {f"OMNI_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in environ if name.startswith("OMNI_") and name not in known)
    if unknown:
        raise ConfigError(f"Unknown setting {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")


def check_secrets(settings: Settings) -> None:
    """Refuse to run with a missing, short or well-known secret. Raises ConfigError."""
    for name in ("secret_key", "pin_pepper"):
        value = getattr(settings, name)
        if value.strip().lower() in KNOWN_SECRETS or len(value) < MIN_SECRET_LENGTH:
            raise ConfigError(
                f"OMNI_{name.upper()} must be a secret of at least {MIN_SECRET_LENGTH} characters. "
                f"omni serve makes and keeps one in {settings.instance_dir}; or make one with: "
                "python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment for a process that shall run with exactly these settings, whatever ours says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMNI_")}
    given = {f"OMNI_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    return kept | given
