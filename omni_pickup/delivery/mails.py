"""Mails: built so that no header can be injected, posted to files or to an SMTP server."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from omni_pickup import clock
from omni_pickup.config import ConfigError, Settings
from omni_pickup.delivery.failures import PermanentFailure, TemporaryFailure
from omni_pickup.delivery.messages import Message

TIMEOUT_SECONDS = 8.0
_PORTS = {"smtp": 587, "smtps": 465}


class Post(Protocol):
    """Where mails go. Raises TemporaryFailure or PermanentFailure."""

    def send(self, mail: EmailMessage, message_id: str) -> None: ...


def post_office(settings: Settings) -> Post:
    """Files under the instance folder, unless the settings name a server; the demo never leaves the machine.

    Raises ConfigError for an address that cannot be read.
    """
    if settings.demo or not settings.smtp_url:
        return FilePost(settings.instance_dir / "outbox")
    return SmtpPost.at(settings.smtp_url)


def build_mail(message: Message, sender: str) -> EmailMessage:
    """The mail of a message. Its Message-ID follows from the message, so that a duplicate shows as one.

    Raises PermanentFailure for an address that no mail can be sent to.
    """
    from_name, from_email = parseaddr(sender)
    origin = _address(from_name, from_email)
    reader = _address(message.name, message.email)
    plain = reader.addr_spec.isascii() and origin.addr_spec.isascii()
    mail = EmailMessage(policy=SMTP if plain else SMTPUTF8)
    mail["From"] = origin
    mail["To"] = reader
    mail["Subject"] = message.letter.subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message.id}@{origin.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.letter.text)
    mail.add_alternative(message.letter.html, subtype="html")
    # Last, because making the mail of two parts moves every Content- header into the first part.
    mail["Content-Language"] = message.letter.language
    return mail


def _address(name: str, email: str) -> Address:
    user, _, domain = email.rpartition("@")
    try:
        if not user or not domain or not domain.isprintable() or " " in domain:
            raise ValueError
        return Address(name, user, domain if domain.isascii() else domain.encode("idna").decode())
    except (ValueError, IndexError) as error:
        raise PermanentFailure("The e-mail address cannot be read.") from error


@dataclass(frozen=True, slots=True)
class FilePost:
    """One `.eml` file for each message; a duplicate replaces the file by the same content."""

    folder: Path

    def send(self, mail: EmailMessage, message_id: str) -> None:
        target = self.folder / f"{message_id}.eml"
        draft = target.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with draft.open("wb") as file:
                file.write(mail.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        except OSError as error:
            raise TemporaryFailure(f"The file could not be written: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class SmtpPost:
    """A mail server. `tls`: "" (none), "starttls" or "always"; the server's certificate is checked."""

    host: str
    port: int
    tls: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def at(cls, url: str) -> SmtpPost:
        """From `smtp://user:password@host:587?starttls` or `smtps://...`. Raises ConfigError."""
        parts = urlsplit(url)
        options = parse_qs(parts.query, keep_blank_values=True)
        if parts.scheme not in _PORTS or not parts.hostname or set(options) - {"starttls"}:
            raise ConfigError("OMNI_SMTP_URL is written smtp://user:password@host:587?starttls or smtps://...")
        tls = "always" if parts.scheme == "smtps" else "starttls" if "starttls" in options else ""
        return cls(parts.hostname, _port(parts), tls, unquote(parts.username or ""), unquote(parts.password or ""))

    def send(self, mail: EmailMessage, message_id: str) -> None:
        del message_id  # The mail's own header carries it.
        try:
            with self._connect() as server:
                self._sign_on(server)
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judge([code for code, _ in error.recipients.values()]) from error
        except smtplib.SMTPDataError as error:
            raise _judge([error.smtp_code]) from error
        except smtplib.SMTPNotSupportedError as error:
            if isinstance(mail.policy, EmailPolicy) and mail.policy.utf8:
                raise PermanentFailure("The server takes no addresses with such letters.") from error
            raise TemporaryFailure("The server does not do what OMNI_SMTP_URL asks for.") from error
        except (smtplib.SMTPException, OSError) as error:
            # The reader is not at fault: a wrong password or sender is corrected in the settings, then it goes out.
            raise TemporaryFailure(f"The mail server could not be used ({type(error).__name__}).") from error

    def _connect(self) -> smtplib.SMTP:
        if self.tls == "always":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)

    def _sign_on(self, server: smtplib.SMTP) -> None:
        if self.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if self.user:
            server.login(self.user, self.password)


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise ConfigError("The port in OMNI_SMTP_URL is not a number up to 65535.") from error


def _judge(codes: list[int]) -> TemporaryFailure | PermanentFailure:
    """RFC 5321, section 4.2.1: 5yz is permanent, 4yz may succeed later."""
    words = "The mail server answered " + ", ".join(str(code) for code in codes) + "."
    return PermanentFailure(words) if all(code >= 500 for code in codes) else TemporaryFailure(words)
