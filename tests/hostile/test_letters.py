"""Mails that say what strangers wrote: one line stays one line, and nothing becomes a header or a tag (R10)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask

from omni_pickup.delivery.letters import write_letter
from omni_pickup.rules.messages import MESSAGE_KINDS
from tests.delivery.test_letters import FACTS
from tests.hostile.texts import FEW, HOSTILE

#: What no database column holds; the API refuses them, see `test_api_texts`.
NEVER_STORED = {"nul", "lone surrogate"}
TEXTS = {what: HOSTILE[what] for what in FEW if what not in NEVER_STORED}


@pytest.mark.parametrize("kind", sorted(MESSAGE_KINDS))
def test_a_mail_with_hostile_facts_has_the_headers_that_it_had(app: Flask, kind: str) -> None:
    for text in TEXTS.values():
        facts = FACTS | dict.fromkeys(("name", "store", "address", "items", "collected", "asked"), text)
        letter = write_letter(kind, "en", facts)
        mail = EmailMessage(policy=policy.SMTP)
        mail["Subject"], mail["To"] = letter.subject, "ada@example.com"
        mail.set_content(letter.text)
        mail.add_alternative(letter.html, subtype="html")
        read = message_from_bytes(mail.as_bytes(), policy=policy.SMTP)
        assert [name for name, _ in read.items()] == [name for name, _ in mail.items()]
        assert read["Bcc"] is None
        assert "<script>" not in letter.html


def test_a_subject_that_is_not_made_one_line_is_refused() -> None:
    """The twin: what the letters' own care keeps from the mail."""
    mail = EmailMessage(policy=policy.SMTP)
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        mail["Subject"] = HOSTILE["header"]
