"""Who stands before a staff page: the tablet and the signed-in person, read from two cookies and the database.

Board and office both begin here; each has its own guard that says who may pass. Cookies carry random tokens, the
database decides what they are worth, anew with every request.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Flask, Request, current_app, g, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from omni_pickup.config import Settings
from omni_pickup.errors import Busy, Forbidden, Unauthenticated
from omni_pickup.extensions import login
from omni_pickup.languages import language_of_country
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.staff import ROLES, Device, StaffSession
from omni_pickup.queries.stores.devices import device_by_token
from omni_pickup.queries.stores.sign_ins import SignIn, Tablet, is_locked, sign_in_of
from omni_pickup.security_headers import cookie_name
from omni_pickup.services.staff.devices import touch_device
from omni_pickup.services.staff.staff_sessions import needs_touch, touch_session

SESSION, DEVICE = "staff", "device"
#: Browsers keep a cookie at most 400 days (RFC 6265bis, 5.5).
DEVICE_KEPT = timedelta(days=400)
#: Sent by what a page asks for by itself, which is no sign that a person is there.
BACKGROUND = "X-Background"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Visitor:
    """The signed-in person as they were when the request began."""

    session_id: int
    staff_id: int
    public_id: str
    name: str
    role: str
    store_ids: frozenset[int]
    tablet: Tablet | None
    seen_at: datetime
    locked: bool

    #: What Flask-Login asks of a user.
    is_authenticated: ClassVar[bool] = True

    def has_role(self, role: str) -> bool:
        """Whether this person's role is `role` or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def works_in(self, store_id: int) -> bool:
        """Whether this store is one of the person's own; every store is an admin's."""
        return self.role == "admin" or store_id in self.store_ids

    def get_id(self) -> str:
        """What Flask-Login calls the user by."""
        return self.public_id


def init_app(app: Flask) -> None:
    """Let Flask-Login ask us. Its own session stays unused, because it could not be revoked from here."""
    login.session_protection = None
    login.request_loader(_load)
    app.context_processor(lambda: {"visitor": current_visitor()})


def public(view: View) -> View:
    """Mark a view that anybody may open; every other one of a guarded blueprint needs a person."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def is_public(endpoint: str | None) -> bool:
    """Whether this endpoint carries the mark."""
    return bool(getattr(current_app.view_functions.get(endpoint or ""), "is_public", False))


def background(view: View) -> View:
    """Mark a view that pages ask by themselves in a way that cannot carry the header `BACKGROUND`."""
    view.is_background = True  # type: ignore[attr-defined]
    return view


def settings() -> Settings:
    """The settings that this app was made with."""
    return cast(Settings, current_app.config["SETTINGS"])


def current_visitor() -> Visitor | None:
    """The signed-in person of this request, if there is one; perhaps behind a lock."""
    return cast(Visitor, current_user._get_current_object()) if current_user.is_authenticated else None


def current_device() -> Device | None:
    """The enrolled tablet that sent this request, if it is one."""
    if "device" not in g:
        token = request.cookies.get(cookie_name(DEVICE, settings()))
        g.device = device_by_token(token) if token else None
        if g.device is not None:
            g.store_language = g.device.store.language
    return cast("Device | None", g.device)


def current_session() -> StaffSession | None:
    """The row behind the session cookie of this request, for whoever changes it."""
    found = _sign_in()
    return db.session.get(StaffSession, found.session_id) if found else None


def current_actor() -> Actor:
    """Who acts in this request, for services. Raises Unauthenticated."""
    visitor = current_visitor()
    if visitor is None:
        raise Unauthenticated
    return Actor("staff", staff_id=visitor.staff_id, device_id=visitor.tablet.id if visitor.tablet else None)


def _sign_in() -> SignIn | None:
    cookies = request.cookies
    token, tablet = (cookies.get(cookie_name(name, settings())) for name in (SESSION, DEVICE))
    return sign_in_of(token, tablet) if token else None


def _load(request: Request) -> Visitor | None:
    del request  # Flask-Login hands over the request that is current anyway.
    found = _sign_in()
    if found is None:
        return None
    g.person_language = found.language
    if found.country:
        g.store_language = language_of_country(found.country)
    return Visitor(
        session_id=found.session_id,
        staff_id=found.staff_id,
        public_id=found.public_id,
        name=found.name,
        role=found.role,
        store_ids=found.store_ids,
        tablet=found.tablet,
        seen_at=found.last_seen_at,
        locked=is_locked(found, lock_minutes=settings().lock_minutes),
    )


def note_presence() -> None:
    """Write the sign of life of person and tablet, once a minute, and only when a person asked for something.

    A busy database is no reason to refuse the page: the next request notes it.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.headers.get(BACKGROUND) == "1" or getattr(view, "is_background", False):
        return
    visitor = current_visitor()
    if visitor is None or not needs_touch(visitor.seen_at, lock_minutes=settings().lock_minutes):
        return
    session, device = current_session(), current_device()
    if session is None:
        return
    with suppress(Busy), transaction("note_presence"):
        touch_session(session)
        if device is not None:
            touch_device(device)


def refuse_foreign_pages() -> None:
    """Unsafe requests come from our own pages, as the browser itself says; the CSRF token is checked besides.

    `Sec-Fetch-Site` cannot be set by a script (Fetch Metadata, W3C); browsers without it rely on the token.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in ("GET", "HEAD", "OPTIONS") and site not in ("same-origin", "none"):
        raise Forbidden("This came from another website.")


def turn_away(sign_in_path: str) -> Response:
    """To the sign-in page: by htmx's header inside a fragment, by a redirect for a new visit, else by a 401.

    A cookie that counts no more is told so at once instead of being led on.
    """
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": sign_in_path})
    stale = cookie_name(SESSION, settings()) in request.cookies and current_visitor() is None
    if stale or request.method not in ("GET", "HEAD"):
        g.sign_in_path = sign_in_path
        raise Unauthenticated("You are signed out. Please sign in again.")
    here = request.full_path if request.query_string else request.path
    return redirect(f"{sign_in_path}?next={quote(here, safe='/')}", 303)


def safe_next(given: str | None, default: str) -> str:
    """`given` if it is a path of this site, else `default`.

    Browsers read a backslash as a slash and skip tabs and line ends, so that both could lead to another host.
    """
    if not given or not given.startswith("/") or given.startswith("//"):
        return default
    if "\\" in given or any(ord(letter) < 33 or ord(letter) == 127 for letter in given):
        return default
    parts = urlsplit(given)
    return default if parts.scheme or parts.netloc else given


def set_cookie(response: Response, name: str, token: str, *, kept: timedelta | None = None) -> None:
    """Hand out a token in a cookie that scripts cannot read and other sites cannot send along with a form."""
    response.set_cookie(
        cookie_name(name, settings()),
        token,
        max_age=kept,
        path="/",
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, name: str) -> None:
    """Take it back."""
    response.delete_cookie(
        cookie_name(name, settings()), path="/", secure=settings().secure, httponly=True, samesite="Lax"
    )
