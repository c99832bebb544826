"""SQLite is put only where its locks hold, and replaced only when nobody works on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from omni_pickup import storage
from omni_pickup.config import ROOT, ConfigError, Settings


def _mounts(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "mounts"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def test_the_deepest_mount_decides(tmp_path: Path) -> None:
    mounts = _mounts(tmp_path, "disk / ext4 rw 0 0", "server:/x /data nfs4 rw 0 0", "disk2 /data/local xfs rw 0 0")
    assert storage.file_system(Path("/data/shop"), mounts) == "nfs4"
    assert storage.file_system(Path("/data/local/shop"), mounts) == "xfs"
    assert storage.file_system(Path("/database"), mounts) == "ext4"


def test_a_mount_over_another_one_wins(tmp_path: Path) -> None:
    mounts = _mounts(tmp_path, "disk /data ext4 rw 0 0", "server:/x /data nfs rw 0 0")
    assert storage.file_system(Path("/data"), mounts) == "nfs"


def test_blanks_in_mount_points_are_read(tmp_path: Path) -> None:
    mounts = _mounts(tmp_path, "disk / ext4 rw 0 0", r"server:/x /my\040data cifs rw 0 0")
    assert storage.file_system(Path("/my data/shop"), mounts) == "cifs"


def test_a_system_without_a_list_of_mounts_is_trusted(tmp_path: Path) -> None:
    assert storage.file_system(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_a_network_file_system_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(storage, "MOUNTS", _mounts(tmp_path, f"server:/x / {kind} rw 0 0"))
    with pytest.raises(ConfigError, match=rf"network file system \({kind}\).*PostgreSQL"):
        storage.check(settings)


def test_a_local_disk_is_fine(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "MOUNTS", _mounts(tmp_path, "disk / ext4 rw 0 0"))
    storage.check(settings)


def test_postgresql_needs_no_disk_of_ours(settings: Settings) -> None:
    storage.check(settings.model_copy(update={"database_url": "postgresql+psycopg://nowhere/shop"}))


def _refused(settings: Settings, *, alone: bool) -> str:
    with pytest.raises(ConfigError) as refusal, storage.in_use(settings, alone=alone):
        pytest.fail("somebody else has it")
    return str(refusal.value)


def test_servers_share_and_a_restore_wants_to_be_alone(settings: Settings) -> None:
    with storage.in_use(settings), storage.in_use(settings):
        assert "A server is working on it; stop that first." in _refused(settings, alone=True)
    with storage.in_use(settings, alone=True):
        assert "A restore is replacing it; wait for it." in _refused(settings, alone=False)


def test_the_claim_ends_with_a_killed_process(settings: Settings) -> None:
    code = (
        "import sys, time; from omni_pickup import config, storage;"
        "s = config.load_settings({}, database_url=sys.argv[1]);"
        "c = storage.in_use(s); c.__enter__(); print('in', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, settings.database], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        assert "stop that first" in _refused(settings, alone=True)
        process.kill()
        process.wait()
        with storage.in_use(settings, alone=True):
            assert process.returncode == -9
