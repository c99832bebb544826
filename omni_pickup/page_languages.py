"""Which language a page speaks to the staff: the one chosen just now, their own, the store's, or the browser's."""

from __future__ import annotations

from flask import g, has_request_context, request
from flask_babel import get_locale

from omni_pickup.languages import LANGUAGES
from omni_pickup.security_headers import cookie_name
from omni_pickup.visitors import current_device, current_visitor, settings

#: The cookie of a choice that was made while nobody was signed in; whoever signs in next takes it along.
LANGUAGE = "screen_language"


def page_language() -> str:
    """The language of this request; Flask-Babel asks once for each."""
    if not has_request_context():
        return "en"
    # Reading who is there leaves their languages in `g`.
    if current_visitor() is None:
        current_device()
    return known_language()


def known_language() -> str:
    """The same, as far as it is known without asking the database, which may be what is out of order."""
    for found in (chosen_language(), g.get("person_language"), g.get("store_language")):
        if found in LANGUAGES:
            return str(found)
    return str(request.accept_languages.best_match(list(LANGUAGES), "en"))


def language_facts() -> dict[str, str]:
    """The page's language and the direction in which it is read."""
    locale = get_locale()
    if locale is None:
        return {"language": "en", "direction": "ltr"}
    return {"language": str(locale).replace("_", "-"), "direction": locale.text_direction}


def chosen_language() -> str | None:
    """What was chosen in this browser while nobody was signed in."""
    chosen = request.cookies.get(cookie_name(LANGUAGE, settings()))
    return chosen if chosen in LANGUAGES else None
