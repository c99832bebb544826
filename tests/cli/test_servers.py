"""`omni serve` as a person and a service manager meet it: real processes, real signals, real ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Omni
from tests.serving import Served, free_port, is_running, serving

PRIVATE = ("secret_key", "pin_pepper", "omni.sqlite")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One empty shop for the tests that leave it as it was."""
    with serving(tmp_path_factory.mktemp("shop") / "instance", "--no-demo") as served:
        yield served


def _gone(*pids: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_becomes_ready_and_says_where(shop: Served) -> None:
    shop.wait_for_status("/readyz", 200, seconds=30)
    assert f"http://127.0.0.1:{shop.port}/board" in shop.said
    assert f"http://127.0.0.1:{shop.port}/setup?token=" in shop.said


def test_an_empty_shop_prints_a_link_that_opens_the_set_up(shop: Served) -> None:
    link = next(line.strip() for line in shop.lines if "/setup?token=" in line)
    status, page = shop.get(link.partition(str(shop.port))[2])
    assert (status, "<form" in page) == (200, True)
    assert link.partition("token=")[2] not in shop.said.replace(link, "")


def test_each_request_is_one_line_with_its_token_masked(shop: Served) -> None:
    shop.get("/p/a-secret-token?q=Nowak")
    shop.wait_for('"path": "/p/***?q=***"', seconds=5)
    assert "a-secret-token" not in shop.said
    assert "Nowak" not in shop.said


def test_forged_proxy_headers_do_not_pass_the_server_either(shop: Served) -> None:
    with socket.create_connection(("127.0.0.1", shop.port)) as connection:
        connection.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\nX-Request-Id: forged-id-1\r\n"
            b"X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"forged-id-1" not in answer
    assert "6.6.6.6" not in shop.said


def test_a_second_one_on_the_same_port_says_so_and_ends(shop: Served, bare_omni: Omni) -> None:
    result = bare_omni("serve", "--port", shop.port, "--no-demo")
    assert result.code == 1
    assert f"Port {shop.port} on 127.0.0.1 is taken by another program" in result.err
    assert f"--port {shop.port + 1}" in result.err


def _stop_with_clients(served: Served, number: int) -> None:
    """Within ten seconds, also while one client holds a half-sent request and another an idle connection."""
    children = served.children()
    address = ("127.0.0.1", served.port)
    with socket.create_connection(address) as half, socket.create_connection(address) as idle:
        half.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert served.stop(number) < 10
    assert served.process.returncode == 0
    assert _gone(*children.values(), seconds=0.5)
    assert "Traceback" not in served.said


def test_it_ends_by_a_signal_and_the_next_start_finds_everything_made(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    with serving(instance, "--no-demo") as served:
        _stop_with_clients(served, signal.SIGINT)
    secret = (instance / "secret_key").read_text()
    assert instance.stat().st_mode & 0o777 == 0o700
    assert [(instance / name).stat().st_mode & 0o777 for name in PRIVATE] == [0o600] * len(PRIVATE)
    with serving(instance, "--no-demo") as again:
        assert "The schema is up to date" in again.said
        _stop_with_clients(again, signal.SIGTERM)
    assert (instance / "secret_key").read_text() == secret


def test_killed_children_come_back_and_those_of_a_killed_supervisor_end(tmp_path: Path) -> None:
    with serving(tmp_path / "instance", "--no-demo") as served:
        before = served.children()
        assert set(before) == {"web", "worker"}
        for name in before:
            os.kill(before[name], signal.SIGKILL)
            served.wait_for(f"The {name} process ended (SIGKILL); starting it again in ", seconds=10)
        served.wait_for_status("/healthz", 200)
        deadline = time.monotonic() + 20
        while len(served.children()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        after = served.children()
        assert set(after.values()).isdisjoint(before.values())
        served.stop(signal.SIGKILL)
        assert _gone(*after.values())
        assert served.get("/healthz")[0] == 0


def test_a_tablet_network_without_https_is_refused_with_the_fix(
    bare_omni: Omni, monkeypatch: pytest.MonkeyPatch, instance: Path
) -> None:
    bound = bare_omni("serve", "--host", "0.0.0.0", "--port", free_port(), "--no-demo")
    assert (bound.code, "Give --tls-cert and --tls-key" in bound.err) == (1, True)
    monkeypatch.setenv("OMNI_BASE_URL", "http://pickup.example")
    named = bare_omni("serve", "--port", free_port(), "--no-demo")
    assert (named.code, "Set it to https://pickup.example" in named.err) == (1, True)
    assert list(instance.iterdir()) == []


def test_a_child_that_cannot_start_ends_the_whole_with_a_sentence(tmp_path: Path) -> None:
    served = Served(tmp_path / "instance", free_port(), "--no-demo", OMNI_SMTP_URL="nonsense://")
    try:
        served.process.wait(60)
    finally:
        served.process.kill()
    served.wait_until_read()
    assert served.process.returncode == 1
    assert "The worker process did not start; the lines above say why." in served.said
    assert "Traceback" not in served.said


def test_readiness_names_what_is_wrong_when_the_worker_is_away(shop: Served) -> None:
    shop.wait_for_status("/readyz", 200, seconds=30)
    status, body = shop.get("/readyz")
    assert (status, json.loads(body)["checks"]["worker"]) == (200, True)
