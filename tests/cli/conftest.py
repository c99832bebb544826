"""The command line on an instance folder of its own, in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from omni_pickup import cli, upgrades
from omni_pickup.config import Settings, load_settings

SECRETS = {"OMNI_SECRET_KEY": "s" * 40, "OMNI_PIN_PEPPER": "p" * 40}


class Result(NamedTuple):
    code: int
    out: str
    err: str


Omni = Callable[..., Result]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance folder that the environment names, with secrets."""
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("OMNI_INSTANCE_DIR", str(folder))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def bare_omni(instance: Path, capsys: pytest.CaptureFixture[str]) -> Omni:
    """`omni ARGUMENTS...` without a schema; answers exit code, output and complaints."""

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a schema, made once because migrations take longer than most commands."""
    settings = load_settings({}, instance_dir=tmp_path_factory.mktemp("upgraded"))
    upgrades.upgrade(settings, lambda _: None)
    assert settings.sqlite_path is not None
    return settings.sqlite_path


@pytest.fixture
def omni(bare_omni: Omni, own: Settings, upgraded: Path) -> Omni:
    """The same with a schema."""
    assert own.sqlite_path is not None
    shutil.copy(upgraded, own.sqlite_path)
    return bare_omni


@pytest.fixture
def own(instance: Path) -> Settings:
    """The settings that the commands see."""
    return load_settings()
