"""What every answer and every cookie carries, and which names and proxies are believed."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from omni_pickup import keys
from omni_pickup.builds import build_id
from omni_pickup.config import ConfigError, Settings
from omni_pickup.errors import OperationError

POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "manifest", "worker")),
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}
STRICT_TRANSPORT = "max-age=31536000"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: Balancers and Prometheus ask by address, and the answers hold nothing that a wrong name could change.
_ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})


class WrongHost(OperationError):
    code = "wrong_host"
    status = 421
    title = "This server does not answer to that name"


def configure(app: Flask, settings: Settings) -> None:
    """Secrets, cookies, limits and links. Raises ConfigError when the debugger is asked for on a public address."""
    base = urlsplit(settings.base_url)
    app.config.update(
        SECRET_KEY=keys.derived("flask").hex(),
        MAX_CONTENT_LENGTH=settings.body_limit_bytes,
        MAX_FORM_MEMORY_SIZE=settings.body_limit_bytes,
        SESSION_COOKIE_NAME=cookie_name("session", settings),
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME=base.scheme or "http",
        SERVER_NAME=base.netloc or None,
        WTF_CSRF_TIME_LIMIT=None,
        # Our pages send no referrer, so it cannot be asked for; the guards read Sec-Fetch-Site instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    if app.debug:
        raise ConfigError("The debugger lets anybody run code here. Unset FLASK_DEBUG and start again.")
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def cookie_name(name: str, settings: Settings) -> str:
    """Behind https a name that browsers accept only with Secure, Path=/ and no Domain (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if settings.secure else name


def init_app(app: Flask) -> None:
    """Attach the checks and headers to `app`."""
    app.before_request(_refuse_wrong_host)
    app.after_request(_add_headers)
    app.url_defaults(_fingerprint)


def _refuse_wrong_host() -> None:
    """Believe only the name in OMNI_BASE_URL: a forged one could reach caches, links and same-origin rules."""
    base = urlsplit(keys.base_url())
    if not base.netloc or request.path in _ANY_HOST or request.host == base.netloc:
        return
    if base.hostname in {name.strip("[]") for name in LOOPBACK} and _name(request.host) in LOOPBACK:
        return
    raise WrongHost(f"This server answers to {keys.base_url()} only; OMNI_BASE_URL says so.")


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _add_headers(response: Response) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["X-Build"] = build_id()
    if settings.secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if request.endpoint == "static" and request.args.get("v") == build_id():
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.endpoint != "static" and not response.cache_control:
        response.headers["Cache-Control"] = "no-store"
    return response


def _fingerprint(endpoint: str, values: dict[str, object]) -> None:
    """Links to assets name the build, so that they may be kept for ever and never go stale."""
    if endpoint == "static":
        values.setdefault("v", build_id())
