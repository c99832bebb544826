"""What was refused, in the language of whoever works here. The API's own words are English, and stay so.

Services raise their sentences in English, and the catalogue of the staff's screens holds them as it holds every other
text. A sentence that it does not hold is never shown to somebody who may not read English: the name of the refusal,
which every catalogue has, stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from omni_pickup.errors import OperationError
from omni_pickup.rules.sentences import Sentence

#: Codes and phrases that services put into sentences.
_VALUES = {
    "received": lazy_gettext("received"),
    "picking": lazy_gettext("being picked"),
    "picked": lazy_gettext("picked"),
    "ready": lazy_gettext("ready"),
    "collected": lazy_gettext("collected"),
    "cancelled": lazy_gettext("cancelled"),
    "expired": lazy_gettext("expired"),
    "queued": lazy_gettext("not begun"),
    "done": lazy_gettext("done"),
    "open": lazy_gettext("open"),
    "paused": lazy_gettext("paused"),
    "finished": lazy_gettext("finished"),
    "announced": lazy_gettext("announced"),
    "inspected": lazy_gettext("decided"),
    "closed": lazy_gettext("closed"),
    "rejected": lazy_gettext("refused"),
    "requested": lazy_gettext("asked for"),
    "shipped": lazy_gettext("on its way"),
    "restock": lazy_gettext("the shelf"),
    "refurbish": lazy_gettext("repair"),
    "return_to_vendor": lazy_gettext("the vendor"),
    "return_to_dc": lazy_gettext("the warehouse"),
    "quarantine": lazy_gettext("the quarantine"),
    "scrap": lazy_gettext("the scrap"),
    "ambient": lazy_gettext("room temperature"),
    "chilled": lazy_gettext("chilled"),
    "frozen": lazy_gettext("frozen"),
    "a room-temperature place": lazy_gettext("a room-temperature place"),
    "a fridge": lazy_gettext("a fridge"),
    "a freezer": lazy_gettext("a freezer"),
    "see an ID": lazy_gettext("see an ID"),
    "check the age": lazy_gettext("check the age"),
    "take a signature": lazy_gettext("take a signature"),
    "scan the QR": lazy_gettext("scan the QR"),
    "manager": lazy_gettext("manager"),
    "admin": lazy_gettext("admin"),
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
