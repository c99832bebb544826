from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from omni_pickup.config import ConfigError, Settings
from omni_pickup.delivery.failures import PermanentFailure, TemporaryFailure
from omni_pickup.delivery.letters import Letter
from omni_pickup.delivery.mails import FilePost, SmtpPost, build_mail, post_office
from omni_pickup.delivery.messages import Message


def message(name: str = "Ada Nowak", email: str = "ada@example.com", subject: str = "Gotowe: żółć") -> Message:
    return Message("msg_abc", name, email, Letter("pl", subject, "Dzień dobry\n", "<p>Dzień dobry</p>"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A mail server that answers as the test wants."""

    def __init__(self) -> None:
        self.answers = {"RCPT": "250 OK", "DATA": "250 OK", "MAIL": "250 OK"}
        self.mails: list[bytes] = []

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name.
        self, server: object, session: object, envelope: object, address: str, options: list
    ) -> str:
        envelope.mail_from = address  # type: ignore[attr-defined]
        return self.answers["MAIL"]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name.
        self, server: object, session: object, envelope: object, address: str, options: list
    ) -> str:
        if self.answers["RCPT"].startswith("2"):
            envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]
        return self.answers["RCPT"]

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, server: object, session: object, envelope: object
    ) -> str:
        self.mails.append(envelope.content)  # type: ignore[attr-defined]
        return self.answers["DATA"]


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=(port := free_port()), enable_SMTPUTF8=False)
    controller.start()
    yield SimpleNamespace(handler=handler, post=SmtpPost.at(f"smtp://127.0.0.1:{port}"))
    controller.stop()


def send(post: object, built: Message | None = None) -> None:
    post.send(build_mail(built or message(), "Sklep <no-reply@shop.example>"), "msg_abc")  # type: ignore[attr-defined]


def test_a_mail_reaches_the_server_in_text_and_html(server: SimpleNamespace) -> None:
    send(server.post)
    mail = message_from_bytes(server.handler.mails[0], policy=default)
    assert mail["To"].addresses[0].addr_spec == "ada@example.com"
    assert mail["Subject"] == "Gotowe: żółć"
    assert mail["Message-ID"] == "<msg_abc@shop.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "pl"
    assert mail.get_body(("plain",)).get_content().strip() == "Dzień dobry"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Dzień dobry</p>"


def test_a_duplicate_carries_the_same_id() -> None:
    first, second = (build_mail(message(), "a@shop.example") for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize(
    ("step", "answer", "failure"),
    [
        ("RCPT", "550 no such user", PermanentFailure),
        ("RCPT", "450 mailbox busy", TemporaryFailure),
        ("DATA", "554 not wanted", PermanentFailure),
        ("DATA", "451 try again", TemporaryFailure),
        ("MAIL", "553 sender not allowed", TemporaryFailure),
        ("MAIL", "421 closing", TemporaryFailure),
    ],
)
def test_what_the_server_says_decides_whether_to_try_again(
    server: SimpleNamespace, step: str, answer: str, failure: type[Exception]
) -> None:
    server.handler.answers[step] = answer
    with pytest.raises(failure) as raised:
        send(server.post)
    assert "ada@example.com" not in str(raised.value)


def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(TemporaryFailure):
        send(SmtpPost("127.0.0.1", 1))


def test_a_server_that_breaks_off_is_tried_again(server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: smtplib.SMTP, mail: object) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(smtplib.SMTP, "send_message", broken)
    with pytest.raises(TemporaryFailure):
        send(server.post)


def test_starttls_that_the_server_lacks_is_not_skipped(server: SimpleNamespace) -> None:
    secure = SmtpPost(server.post.host, server.post.port, "starttls")
    with pytest.raises(TemporaryFailure):
        send(secure)
    assert server.handler.mails == []


def test_user_and_password_are_given_when_the_address_names_them() -> None:
    seen: list[tuple[bytes, bytes]] = []

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        seen.append((data.login, data.password))  # type: ignore[attr-defined]
        return AuthResult(success=data.password == b"p@ss")  # type: ignore[attr-defined]

    handler = Server()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=(port := free_port()),
        authenticator=authenticate,
        auth_require_tls=False,
        auth_required=True,
    )
    controller.start()
    try:
        send(SmtpPost.at(f"smtp://ada:p%40ss@127.0.0.1:{port}"))
        with pytest.raises(TemporaryFailure):
            send(SmtpPost.at(f"smtp://ada:wrong@127.0.0.1:{port}"))
    finally:
        controller.stop()
    assert seen[0] == (b"ada", b"p@ss")
    assert len(handler.mails) == 1


def test_an_address_with_letters_the_server_cannot_take_is_given_up(server: SimpleNamespace) -> None:
    with pytest.raises(PermanentFailure):
        send(server.post, message(email="żółw@example.com"))


def test_a_domain_in_any_script_is_written_in_ascii() -> None:
    mail = build_mail(message(email="ada@żółw.example"), "a@shop.example")
    assert mail["To"].addresses[0].addr_spec == "ada@xn--w-uga1v8h.example"


@pytest.mark.parametrize("name", ["Ada\r\nBcc: all@example.com", 'A" <b@example.com>, "', "=?utf-8?q?x?=", "Ada, Eva"])
def test_a_name_never_adds_a_header_or_a_reader(name: str) -> None:
    built = message(name=" ".join(name.split()))
    mail = message_from_bytes(build_mail(built, "a@shop.example").as_bytes(), policy=default)
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@example.com"]
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "email", ["ada@example.com\r\nBcc: all@example.com", "no address", "@", "ada@exa mple.com", "a@" + "x" * 70 + "ż"]
)
def test_an_unreadable_address_is_given_up(email: str) -> None:
    with pytest.raises(PermanentFailure):
        build_mail(message(email=email), "a@shop.example")


def test_a_name_with_line_breaks_that_got_this_far_is_refused_not_sent() -> None:
    with pytest.raises(PermanentFailure):
        build_mail(message(name="Ada\r\nBcc: all@example.com"), "a@shop.example")


def test_files_are_whole_and_a_duplicate_is_one_file(tmp_path: Path) -> None:
    post = FilePost(tmp_path / "outbox")
    send(post)
    send(post)
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == "msg_abc.eml"
    assert message_from_bytes(file.read_bytes(), policy=default)["Message-ID"] == "<msg_abc@shop.example>"


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands where the folder should")
    with pytest.raises(TemporaryFailure):
        send(FilePost(tmp_path / "outbox"))


def test_mails_go_to_files_unless_a_server_is_named(settings: Settings) -> None:
    assert isinstance(post_office(settings), FilePost)
    named = settings.model_copy(update={"smtp_url": "smtps://mail.example"})
    assert post_office(named) == SmtpPost("mail.example", 465, "always")


def test_the_demo_never_leaves_the_machine(settings: Settings) -> None:
    demo = settings.model_copy(update={"smtp_url": "smtps://mail.example", "demo": True})
    assert isinstance(post_office(demo), FilePost)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:99999", "smtp://h?startls", "smtp://h:x"]
)
def test_an_unreadable_server_address_is_named(url: str) -> None:
    with pytest.raises(ConfigError):
        SmtpPost.at(url)


def test_a_servers_address_says_port_and_encryption() -> None:
    assert SmtpPost.at("smtp://h?starttls") == SmtpPost("h", 587, "starttls")
    assert SmtpPost.at("smtp://u:p%3A@h:25") == SmtpPost("h", 25, "", "u", "p:")
