"""Where it listens, and the base URLs that tablets could not use."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from omni_pickup.addresses import Address, check_free, is_loopback, public_url
from omni_pickup.config import ConfigError, Settings

LOCAL = Address(port=8001)


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text("cert")
    key.write_text("key")
    return cert, key


def _url(settings: Settings, address: Address, base: str = "", proxies: int = 0) -> str:
    return public_url(settings.model_copy(update={"base_url": base, "trusted_proxies": proxies}), address)


def test_loopback_needs_no_https(settings: Settings) -> None:
    assert _url(settings, LOCAL) == "http://127.0.0.1:8001"
    assert _url(settings, Address("::1", 8001)) == "http://[::1]:8001"
    assert _url(settings, LOCAL, "http://localhost:8001") == "http://localhost:8001"


def test_loopback_behind_a_proxy_takes_its_name(settings: Settings) -> None:
    assert _url(settings, LOCAL, "https://pickup.example") == "https://pickup.example"


@pytest.mark.parametrize("base", ["http://pickup.example", "http://192.168.1.5:8000", "http://10.0.0.1"])
def test_a_public_http_address_is_refused_with_the_fix(settings: Settings, base: str) -> None:
    with pytest.raises(ConfigError, match=f"Set it to https://{base[7:]} and give --tls-cert"):
        _url(settings, LOCAL, base)


@pytest.mark.parametrize("base", ["", "https://pickup.example"])
def test_a_public_socket_without_https_is_refused_with_the_fix(settings: Settings, base: str) -> None:
    with pytest.raises(ConfigError, match="Give --tls-cert and --tls-key, or put a proxy"):
        _url(settings, Address("0.0.0.0"), base)


def test_a_public_socket_behind_a_trusted_proxy_is_fine(settings: Settings) -> None:
    assert _url(settings, Address("0.0.0.0"), "https://pickup.example", proxies=1) == "https://pickup.example"


def test_a_public_socket_with_tls_needs_a_name(settings: Settings, tls: tuple[Path, Path]) -> None:
    address = Address("0.0.0.0", 8443, *tls)
    assert _url(settings, address, "https://pickup.example:8443") == "https://pickup.example:8443"
    with pytest.raises(ConfigError, match="Set OMNI_BASE_URL"):
        _url(settings, address)


def test_tls_needs_both_files(tls: tuple[Path, Path], tmp_path: Path) -> None:
    assert Address("127.0.0.1", 8443, *tls).url == "https://127.0.0.1:8443"
    with pytest.raises(ConfigError, match="belong together"):
        Address(cert=tls[0])
    with pytest.raises(ConfigError, match="There is no file"):
        Address(cert=tls[0], key=tmp_path / "none")


def test_another_process_is_told_the_same_address(tls: tuple[Path, Path]) -> None:
    given = Address("127.0.0.1", 8443, *tls).arguments()
    assert given == ["--host", "127.0.0.1", "--port", "8443", "--tls-cert", str(tls[0]), "--tls-key", str(tls[1])]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_these_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "pickup.example", "localhost.example", ""])
def test_these_are_not(host: str) -> None:
    assert not is_loopback(host)


def test_a_taken_port_is_told_with_another_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"Port {port} on 127.0.0.1 is taken .* --port {port + 1}\."):
            check_free(Address(port=port))
    check_free(Address(port=port))


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ConfigError, match="Cannot listen on 192.0.2.1 port 8000"):
        check_free(Address("192.0.2.1"))


def test_a_name_that_does_not_resolve_is_told() -> None:
    with pytest.raises(ConfigError, match="Cannot listen on nowhere.invalid"):
        check_free(Address("nowhere.invalid"))
