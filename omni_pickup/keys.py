"""One derived key for each purpose, from one secret, so that a key leaked in one place opens nothing elsewhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_secrets: tuple[str, ...] = ()
_base_url = ""
_pepper = b""
_derived: dict[tuple[str, str], bytes] = {}
_boxes: dict[str, MultiFernet] = {}


def configure(secret: str, previous: str = "", *, base_url: str = "", pepper: str = "") -> None:
    """Set the process's secret; `previous` still opens what it closed, until it is taken out.

    `pepper` is apart from the secret because it never rotates: every PIN would have to be set again.
    """
    global _secrets, _base_url, _pepper  # noqa: PLW0603 - a process has one secret, set once by create_app.
    _secrets = tuple(value for value in (secret, previous) if value)
    _base_url = base_url
    _pepper = pepper.encode()
    _derived.clear()
    _boxes.clear()


def derived(purpose: str, *, generation: int = 0) -> bytes:
    """32 bytes for `purpose`; generation 1 is the previous secret's (IndexError when there is none)."""
    secret = _secrets[generation]
    if (purpose, secret) not in _derived:
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        _derived[purpose, secret] = hkdf.derive(secret.encode())
    return _derived[purpose, secret]


def mac(purpose: str, message: str) -> bytes:
    """HMAC-SHA256 of `message` under the purpose's key."""
    return hmac.new(derived(purpose), message.encode(), hashlib.sha256).digest()


def peppered(message: str) -> str:
    """HMAC-SHA256 of a PIN's text under the pepper, so that a stolen database alone cannot be searched."""
    return hmac.new(_pepper, message.encode(), hashlib.sha256).hexdigest()


def box(purpose: str) -> MultiFernet:
    """Authenticated encryption that also opens what the previous secret closed."""
    if purpose not in _boxes:
        generations = (derived(purpose, generation=n) for n in range(len(_secrets)))
        _boxes[purpose] = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in generations])
    return _boxes[purpose]


def digest(token: str) -> str:
    """The SHA-256 under which a random token is looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(prefix: str = "") -> str:
    """256 random bits, URL-safe."""
    return prefix + secrets.token_urlsafe(32)


def new_id(prefix: str) -> str:
    """A public id such as `ord_...`: 120 random bits in lower-case letters and digits."""
    return f"{prefix}_" + base64.b32encode(secrets.token_bytes(15)).decode().lower()


def base_url() -> str:
    """The address that links to customers begin with, without a slash at the end."""
    return _base_url
