"""What was refused, in the language of whoever works here. The API's own words are English, and stay so.

Services raise their sentences in English, and the catalogue of the staff's screens holds them as it holds every other
text. A sentence that it does not hold is never shown to somebody who may not read English: the name of the refusal,
which every catalogue has, stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from omni_pickup.errors import OperationError
from omni_pickup.rules.sentences import Sentence

#: Codes and phrases that services put into sentences.
_VALUES = {
    "received": later("received"),
    "picking": later("being picked"),
    "picked": later("picked"),
    "ready": later("ready"),
    "collected": later("collected"),
    "cancelled": later("cancelled"),
    "expired": later("expired"),
    "queued": later("not begun"),
    "done": later("done"),
    "open": later("open"),
    "paused": later("paused"),
    "finished": later("finished"),
    "announced": later("announced"),
    "inspected": later("decided"),
    "closed": later("closed"),
    "rejected": later("refused"),
    "requested": later("asked for"),
    "shipped": later("on its way"),
    "restock": later("the shelf"),
    "refurbish": later("repair"),
    "return_to_vendor": later("the vendor"),
    "return_to_dc": later("the warehouse"),
    "quarantine": later("the quarantine"),
    "scrap": later("the scrap"),
    "ambient": later("room temperature"),
    "chilled": later("chilled"),
    "frozen": later("frozen"),
    "a room-temperature place": later("a room-temperature place"),
    "a fridge": later("a fridge"),
    "a freezer": later("a freezer"),
    "see an ID": later("see an ID"),
    "check the age": later("check the age"),
    "take a signature": later("take a signature"),
    "scan the QR": later("scan the QR"),
    "manager": later("manager"),
    "admin": later("admin"),
}
#: The values that are such codes, one or several; every other one is somebody's own, and stands as it is.
_CODED = frozenset({"state", "after", "before", "disposition", "zones", "found", "needed", "todo", "role"})


def say(message: str, otherwise: str = "") -> str:
    """An English sentence of a refusal in the page's language; `otherwise` if the catalogue does not know it."""
    locale = get_locale()
    if locale is None or locale.language == "en":
        return str(message)
    template = message.template if isinstance(message, Sentence) else message
    said = str(_(template))
    if said == template:
        return otherwise or str(message)
    if not isinstance(message, Sentence):
        return said
    return said % {name: _value(name, value) for name, value in message.values.items()}


def title_words(title: str) -> str:
    """The name of a refusal, or of the status that stands for one."""
    return say(title, str(_("This could not be done")))


def words_of(error: OperationError | None) -> str:
    """The refusal in one sentence for a form; a throttled one says how long to wait."""
    if error is None:
        return ""
    if error.retry_after is not None and error.status == 429:
        minutes = -(-error.retry_after // 60)
        return str(_("Too many wrong attempts. Try again in %(minutes)s min.", minutes=minutes))
    return say(error.message, title_words(error.title))


def say_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document (RFC 9457) with its sentences in the page's language; codes and values stay."""
    title = title_words(document["title"])
    said = {**document, "title": title, "detail": say(document["detail"], title)}
    if document.get("errors"):
        said["errors"] = [{**one, "message": say(one["message"], title)} for one in document["errors"]]
    return said


def _value(name: str, value: object) -> object:
    if name not in _CODED:
        return value
    parts = str(value).split(", ")
    return ", ".join(str(_VALUES.get(part, part)) for part in parts)
