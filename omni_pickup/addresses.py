"""Where the server listens, and by which name browsers reach it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from omni_pickup.config import ConfigError, Settings

DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True)
class Address:
    """One listening socket, with TLS when both files are given."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ConfigError("--tls-cert and --tls-key belong together: give both, or none.")
        for path in (self.cert, self.key):
            if path is not None and not path.is_file():
                raise ConfigError(f"There is no file {path}.")

    @property
    def secure(self) -> bool:
        return self.cert is not None

    @property
    def bind(self) -> str:
        """As gunicorn writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that a browser on this machine may use."""
        return f"{'https' if self.secure else 'http'}://{self.bind}"

    def arguments(self) -> list[str]:
        """The same address for another `omni` process."""
        given = ["--host", self.host, "--port", str(self.port)]
        if self.secure:
            given += ["--tls-cert", str(self.cert), "--tls-key", str(self.key)]
        return given


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def public_url(settings: Settings, address: Address) -> str:
    """The base URL for links. Raises ConfigError for one that tablets could not use.

    Over plain http browsers give no cookies with `__Host-`, no camera and no service worker, except on loopback.
    """
    base = urlsplit(settings.base_url)
    behind_proxy = base.scheme == "https" and settings.trusted_proxies > 0
    if base.scheme == "http" and not is_loopback(base.hostname or ""):
        raise ConfigError(
            f"OMNI_BASE_URL={settings.base_url} is plain http, which tablets refuse. Set it to https://{base.netloc} "
            "and give --tls-cert and --tls-key, or put a proxy with https in front and set OMNI_TRUSTED_PROXIES=1."
        )
    if is_loopback(address.host):
        return settings.base_url or address.url
    if not address.secure and not behind_proxy:
        raise ConfigError(
            f"Listening on {address.host} without https would show every password to the network. Give --tls-cert "
            "and --tls-key, or put a proxy with https in front and set OMNI_BASE_URL to its https:// address and "
            "OMNI_TRUSTED_PROXIES=1."
        )
    if not settings.base_url:
        raise ConfigError("Set OMNI_BASE_URL to the name that tablets use, such as https://pickup.example.")
    return settings.base_url


def check_free(address: Address) -> None:
    """Raises ConfigError when another program listens there, or when this user may not."""
    try:
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
            probe.listen(1)
    except OSError as error:
        raise ConfigError(_words(error, address)) from error
    except OverflowError as error:
        raise ConfigError(f"{address.port} is no port. Use one from 1 to 65535.") from error


def _words(error: OSError, address: Address) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {address.port} on {address.host} is taken by another program, maybe by this one already running. "
            f"Stop it, or choose another with --port {address.port + 1}."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {address.port}. Choose one above 1023 with --port."
    return f"Cannot listen on {address.host} port {address.port}: {error.strerror or error}."
