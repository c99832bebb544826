"""A shop over TLS under a name that is not this machine's: its own certificate, and a browser that trusts just that."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser

from omni_pickup import clock
from tests.e2e.shops import Shop, attach
from tests.serving import LAST_LINE, Served, free_port

NAME = "pickup.example"


@contextmanager
def open_secure_shop(folder: Path, browser: Browser) -> Iterator[Shop]:
    """Sample data behind `omni serve --tls-cert --tls-key`, and a browser that finds the name and trusts the key."""
    chain, key, pin = write_certificate(folder)
    port = free_port()
    base = f"https://{NAME}:{port}"
    served = Served(folder, port, "--tls-cert", str(chain), "--tls-key", str(key), OMNI_BASE_URL=base)
    own = browser.browser_type.launch(
        executable_path="/usr/bin/chromium",
        args=[
            "--no-sandbox",
            "--disable-gpu",
            f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={pin}",
        ],
    )
    try:
        served.wait_for(LAST_LINE)
        yield attach(folder, base, own)
    finally:
        own.close()
        served.stop()


def write_certificate(folder: Path) -> tuple[Path, Path, str]:
    """Files of a chain signed by an authority of our own and of its key, and the key's hash as browsers pin it."""
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Authority of this test", authority, "Authority of this test", authority, is_authority=True)
    leaf = _certificate(NAME, own, "Authority of this test", authority, is_authority=False)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root)))
    key.write_bytes(
        own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public = own.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return chain, key, base64.b64encode(hashlib.sha256(public).digest()).decode()


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
