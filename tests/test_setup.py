"""The shell part of ./run and ./test: it finds a Python, and says what is missing instead of failing oddly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from omni_pickup.config import ROOT

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0"


def _bash(script: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{path}:/usr/bin:/bin" if path else "/usr/bin:/bin"}
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source ./setup.bash; {script}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _fake_python(folder: Path, name: str, *, fits: bool) -> None:
    (folder / name).write_text(f"#!/bin/sh\nexit {0 if fits else 1}\n")
    (folder / name).chmod(0o755)


def test_the_newest_python_that_fits_is_taken(tmp_path: Path) -> None:
    _fake_python(tmp_path, "python3.14", fits=False)
    _fake_python(tmp_path, "python3.13", fits=True)
    _fake_python(tmp_path, "python3.12", fits=True)
    assert _bash("find_python", tmp_path).stdout.strip() == str(tmp_path / "python3.13")


def test_an_old_python_is_not_taken(tmp_path: Path) -> None:
    for name in ("python3.14", "python3.13", "python3.12", "python3.11", "python3"):
        _fake_python(tmp_path, name, fits=False)
    assert _bash("find_python", tmp_path).returncode == 1


def test_without_the_right_to_install_the_command_is_named() -> None:
    result = _bash(f"id() {{ echo 1000; }}; install_packages {PACKAGES}")
    assert result.returncode == 1
    assert f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {PACKAGES}" in result.stderr


def test_with_the_right_they_are_installed() -> None:
    result = _bash(f'id() {{ echo 0; }}; apt-get() {{ echo "apt-get $*" >&2; }}; install_packages {PACKAGES}')
    assert result.returncode == 0, result.stderr
    assert "apt-get update" in result.stderr


def test_another_system_is_told_what_is_needed(tmp_path: Path) -> None:
    result = _bash(f"command() {{ return 1; }}; install_packages {PACKAGES}", tmp_path)
    assert result.returncode == 1
    assert f"the equivalent of these Debian packages: {PACKAGES}" in result.stderr


@pytest.mark.parametrize("name", ["run", "test", ".ci/run", "setup.bash"])
def test_the_scripts_are_right_as_bash_reads_them(name: str) -> None:
    subprocess.run(["bash", "-n", name], cwd=ROOT, check=True)
    assert (ROOT / name).stat().st_mode & 0o111 or name == "setup.bash"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert len(entries) > 40
    assert all("==" in line and line.endswith("\\") for line in entries)
    assert "://" not in text
    assert "--index" not in text


def test_both_lists_pin_the_same_versions() -> None:
    """What runs in the shop is what was tested."""
    pins = [
        {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert pins[0] <= pins[1]
