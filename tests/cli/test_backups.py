"""A backup holds everything, and a restore proves it before it replaces anything."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from omni_pickup.cli import restores
from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.config import Settings
from omni_pickup.delivery.deliveries import is_paused
from omni_pickup.models import transaction
from omni_pickup.queries.stores.clients import all_keys, key_by_token
from omni_pickup.services.stores.stores import put_store
from omni_pickup.storage import in_use
from tests.cli.conftest import SECRETS, Omni


@pytest.fixture
def archive(omni: Omni, instance: Path, tmp_path: Path) -> Path:
    """A backup of a shop with one store and one upload."""
    with opened(), transaction():
        put_store("WAW-01", {"name": "Warszawa", "timezone": "Europe/Warsaw"}, by=OPERATOR)
    (instance / "uploads").mkdir()
    (instance / "uploads" / "picture.svg").write_text("<svg/>")
    target = tmp_path / "shop.tar.gz"
    result = omni("backup", target)
    assert result.code == 0, result.err
    return target


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine: an empty instance folder, and no secrets in the environment."""
    for name in SECRETS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMNI_INSTANCE_DIR", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


def _stores(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [code for (code,) in connection.execute("SELECT code FROM stores")]


def _changed(archive: Path, change: Callable[[str, bytes], bytes | None], *more: tuple[str, bytes]) -> Path:
    """A copy of the archive with members changed or dropped, and more put in."""
    target = archive.with_name("changed.tar.gz")
    with tarfile.open(archive) as source, tarfile.open(target, "w:gz") as sink:
        members = [(one.name, source.extractfile(one)) for one in source]
        for name, content in [*((name, change(name, file.read())) for name, file in members if file), *more]:
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                sink.addfile(info, io.BytesIO(content))
    return target


def test_a_backup_is_private_and_lists_everything_with_its_checksum(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as opened_archive:
        manifest = opened_archive.extractfile("manifest.json")
        assert manifest is not None
        files = json.load(manifest)["files"]
        assert set(files) == {"database.sqlite", "secret_key", "pin_pepper", "uploads/picture.svg"}
        assert {member.name for member in opened_archive} == {"manifest.json", *files}
    assert list(archive.parent.glob(".*")) == []


def test_a_backup_never_replaces_another(omni: Omni, archive: Path) -> None:
    before = archive.read_bytes()
    assert omni("backup", archive).code == 1
    assert archive.read_bytes() == before


def test_a_backup_without_data_is_refused(bare_omni: Omni, tmp_path: Path) -> None:
    result = bare_omni("backup", tmp_path / "none.tar.gz")
    assert (result.code, list(tmp_path.glob("*.gz"))) == (1, [])


def test_a_restore_brings_data_uploads_and_keys_and_holds_messages_back(
    omni: Omni, archive: Path, elsewhere: Path
) -> None:
    result = omni("restore", archive)
    assert result.code == 0, result.err
    assert _stores(elsewhere / "omni.sqlite") == ["WAW-01"]
    assert (elsewhere / "uploads" / "picture.svg").read_text() == "<svg/>"
    assert (elsewhere / "secret_key").read_text() == SECRETS["OMNI_SECRET_KEY"]
    assert (elsewhere / "pin_pepper").stat().st_mode & 0o077 == 0
    with opened():
        assert is_paused()
    assert omni("outbound", "resume").code == 0
    with opened():
        assert not is_paused()


def test_what_was_there_is_kept_aside(omni: Omni, archive: Path, instance: Path) -> None:
    plain = omni("key", "create", "later", "--scope", "orders:read").out.strip()
    result = omni("restore", archive)
    assert result.code == 0, result.err
    with opened():
        assert all_keys() == []
    (kept,) = instance.glob("before-restore-*.sqlite")
    (instance / "omni.sqlite").unlink()
    kept.rename(instance / "omni.sqlite")
    with opened():
        assert key_by_token(plain) is not None


def test_a_restore_waits_for_no_running_server(omni: Omni, archive: Path, own: Settings) -> None:
    with in_use(own):
        result = omni("restore", archive)
    assert (result.code, "A server is working on it; stop that first." in result.err) == (1, True)


def test_another_secret_in_the_environment_is_told_before_anything_happens(
    omni: Omni, archive: Path, monkeypatch: pytest.MonkeyPatch, instance: Path
) -> None:
    monkeypatch.setenv("OMNI_SECRET_KEY", "another" * 8)
    result = omni("restore", archive)
    assert (result.code, "OMNI_SECRET_KEY is not the one of the backup" in result.err) == (1, True)
    assert list(instance.glob("before-restore-*")) == []


@pytest.mark.parametrize(
    ("change", "more", "words"),
    [
        (lambda name, content: content[:-9] if name == "database.sqlite" else content, (), "is damaged"),
        (lambda name, content: None if name == "secret_key" else content, (), "differ"),
        (lambda name, content: None if name == "manifest.json" else content, (), "no backup of this program"),
        (lambda name, content: content.replace(b'"format": 1', b'"format": 2'), (), "newer version"),
        (lambda name, content: content, (("../evil", b"x"),), "that no backup of ours does"),
        (lambda name, content: content, (("uploads/../../evil", b"x"),), "that no backup of ours does"),
        (lambda name, content: content, (("uploads/extra", b"x"),), "differ"),
    ],
    ids=["damaged", "no_secret", "no_manifest", "newer", "outside", "outside_below_uploads", "unlisted"],
)
def test_a_doubtful_archive_replaces_nothing(
    omni: Omni,
    archive: Path,
    elsewhere: Path,
    change: Callable[[str, bytes], bytes | None],
    more: tuple[tuple[str, bytes], ...],
    words: str,
) -> None:
    result = omni("restore", _changed(archive, change, *more))
    assert (result.code, words in result.err) == (1, True), result.err
    assert [path.name for path in elsewhere.iterdir()] == []


def test_a_file_that_is_no_archive_is_told(omni: Omni, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello")
    assert "is no backup of this program" in omni("restore", tmp_path / "x").err


def test_books_that_differ_replace_nothing(
    omni: Omni, archive: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restores, "list_differences", lambda: ["WAW-01 TSHIRT-M: 3 are missing"])
    result = omni("restore", archive)
    assert (result.code, "books differ in 1 places" in result.err) == (1, True)
    assert list(elsewhere.glob("*.sqlite")) == []


def test_a_database_with_orphans_replaces_nothing(
    omni: Omni, instance: Path, tmp_path: Path, archive: Path, elsewhere: Path
) -> None:
    with closing(sqlite3.connect(instance / "omni.sqlite")) as connection:
        connection.execute("INSERT INTO api_keys VALUES (1, 77, 'd', 'h', '[]', '2026-01-01', NULL)")
        connection.commit()
    for name, value in SECRETS.items():
        (instance / name.removeprefix("OMNI_").lower()).write_text(value)
    broken = tmp_path / "broken.tar.gz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMNI_INSTANCE_DIR", str(instance))
        assert omni("backup", broken).code == 0
    result = omni("restore", broken)
    assert (result.code, "database in the archive is damaged" in result.err) == (1, True)
    assert list(elsewhere.glob("*.sqlite")) == []
