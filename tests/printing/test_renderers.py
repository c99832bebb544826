"""Rendering is shut off from the world, bounded, and survives the death of its process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pypdfium2
import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.models import transaction
from omni_pickup.printing import renderers
from omni_pickup.printing.failures import PartMissing, PrintingBusy, PrintingFailed
from omni_pickup.printing.render_processes import Bounds
from omni_pickup.printing.renderers import Renderer, Renderers, render_pdf

LABEL = ("print", "print-label")


def render(html: str) -> bytes:
    return render_pdf(html, stylesheet="print-label")


def has_died(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback that writes down who asked for what."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


HOSTILE = [
    '<img src="{url}/x.png">',
    '<img src="file:///etc/passwd">',
    '<img src="http://169.254.169.254/latest/meta-data/">',
    '<img src="data:image/png;base64,iVBORw0KGgo=">',
    '<img src="bundled:../pyproject.toml">',
    '<img src="bundled:/etc/passwd">',
    '<link rel="stylesheet" href="{url}/x.css">',
    '<style>@import "{url}/x.css";</style>',
    "<style>@font-face {{ font-family: X; src: url({url}/x.woff2) }} p {{ font-family: X }}</style><p>x",
    "<style>p {{ background: url({url}/x.png) }}</style><p>x",
    '<link rel="attachment" href="file:///etc/passwd">',
    '<link rel="attachment" href="bundled:fonts/README.md">',
    '<a rel="attachment" href="bundled:fonts/README.md">x</a>',
    '<object data="{url}/x.svg"></object>',
    '<embed src="file:///etc/passwd">',
    '<svg><image href="{url}/x.png" width="9" height="9"/></svg>',
]


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_but_bundled_files_is_ever_fetched(html: str, listener: tuple[str, list[str]]) -> None:
    url, asked = listener
    with pytest.raises(PartMissing):
        render(html.format(url=url))
    assert asked == []


@pytest.mark.parametrize(
    "html",
    [
        '<svg><use href="{url}/x.svg#y"/></svg>',
        '<iframe src="{url}/x"></iframe>',
        '<script src="{url}/x.js"></script><script>alert(1)</script>',
        '<base href="{url}/"><p>x',
        '<meta http-equiv="refresh" content="0; url={url}/x">',
        '<form action="{url}"><input name="a"></form>',
    ],
)
def test_what_paper_cannot_do_stays_without_effect(html: str, listener: tuple[str, list[str]]) -> None:
    url, asked = listener
    pdf = render(html.format(url=url))
    assert asked == []
    assert not any(word in pdf for word in (b"/JavaScript", b"/JS", b"/EmbeddedFile", b"/Launch", b"/AcroForm", b"/AA"))


def test_the_same_picture_is_fetched_without_the_guard(listener: tuple[str, list[str]]) -> None:
    """The twin of the test above: WeasyPrint itself would have asked."""
    from weasyprint import HTML

    url, asked = listener
    HTML(string=f'<img src="{url}/x.png">').write_pdf()
    assert asked == ["/x.png"]


def test_a_missing_picture_is_an_error_that_names_it() -> None:
    with pytest.raises(PartMissing) as missing:
        render('<img src="bundled:demo/unicorn.svg">')
    assert "demo/unicorn.svg" in missing.value.message
    assert (missing.value.code, missing.value.status) == ("printing_part_missing", 409)


def test_a_broken_picture_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(PartMissing) as broken:
        render('<img src="bundled:fonts/README.md">')
    assert "fonts/README.md" in broken.value.message


def test_a_document_that_was_refused_does_not_spoil_the_next_one() -> None:
    with pytest.raises(PartMissing):
        render('<img src="bundled:demo/unicorn.svg">')
    assert render("<p>Zażółć</p>").startswith(b"%PDF-")


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.stop()


def test_a_process_killed_while_it_draws_costs_one_document(renderer: Renderer) -> None:
    renderer.start()
    pid = renderer.pid
    assert pid is not None
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(PrintingFailed) as failed:
        renderer.render("<p>x</p>" * 20_000, LABEL)
    assert (failed.value.code, failed.value.status) == ("printing_failed", 503)
    assert has_died(pid)
    assert renderer.render("<p>Next</p>", LABEL).startswith(b"%PDF-")
    assert renderer.pid != pid


def test_a_document_that_takes_too_long_ends_with_its_process() -> None:
    renderer = Renderer(bounds=Bounds(seconds=0.3))
    renderer.start()
    pid = renderer.pid
    assert pid is not None
    with pytest.raises(PrintingFailed):
        renderer.render("<p>x</p>" * 20_000, LABEL)
    assert has_died(pid)


def test_a_document_that_needs_too_much_memory_is_refused() -> None:
    # The bound is above what the process needs to start and far below what these paragraphs need.
    renderer = Renderer(bounds=Bounds(seconds=60, bytes=300 * 1024 * 1024))
    with pytest.raises(PrintingFailed):
        renderer.render("<p>x</p>" * 20_000, LABEL)
    renderer.stop()


def test_the_bounds_of_the_house_are_ten_seconds_and_512_megabytes() -> None:
    assert Bounds(seconds=10, bytes=512 * 1024**2) == renderers.HOUSE_BOUNDS


def test_a_process_is_replaced_after_its_share_of_documents() -> None:
    renderer = Renderer(documents=2)
    pids = []
    for _ in range(3):
        renderer.render("<p>x</p>", LABEL)
        pids.append(renderer.pid)
    renderer.stop()
    assert pids[0] == pids[1] != pids[2]
    assert all(has_died(pid) for pid in pids if pid is not None)


def test_a_renderer_that_was_warmed_draws_the_first_document() -> None:
    both = Renderers()
    both.warm()
    (warm,) = {one.pid for one in both._all if one.pid is not None}
    both.render("<p>x</p>", LABEL)
    assert {one.pid for one in both._all if one.pid is not None} == {warm}
    both.stop()


def test_callers_are_told_when_every_renderer_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderers, "WAIT_SECONDS", 0.05)
    with pytest.raises(PrintingBusy) as busy:
        Renderers(count=0).render("<p>x</p>", LABEL)
    assert (busy.value.status, busy.value.retry_after) == (503, 2)


def test_many_threads_share_the_renderers() -> None:
    found: list[int] = []

    def work(number: int) -> None:
        text = pypdfium2.PdfDocument(render(f"<p>{number:04}</p>"))[0].get_textpage().get_text_range()
        found.append(int(text))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(12))


def test_a_missing_pango_is_answered_with_the_command_that_installs_it(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A module of that name that fails as WeasyPrint does, found first by the new process.
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(PrintingFailed) as failed:
        renderer.render("<p>x</p>", LABEL)
    assert "apt-get install -y --no-install-recommends libpango-1.0-0" in failed.value.message


def test_nobody_waits_for_a_printer_inside_a_transaction(app: OpenAPI) -> None:
    with pytest.raises(RuntimeError), transaction():
        render("<p>x</p>")
