"""Drawing a customer's page: its language, its form tokens, and a tag by which a poll tells that nothing changed."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from flask import render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.builds import build_id
from omni_pickup.customer.question_words import item_name, picture_of
from omni_pickup.customer.words import Words, speak
from omni_pickup.errors import OperationError
from omni_pickup.languages import LANGUAGES
from omni_pickup.models.stores import Store
from omni_pickup.visitors import settings

#: Stands for the token while the page is compared: no text of a person can be this, because theirs is escaped.
_TOKEN = Markup("<token>")


def words_for(language: str | None, store: Store | None) -> Words:
    """The words of a page about something at that store."""
    timezone = store.timezone if store is not None else "UTC"
    return speak(language, timezone=timezone, now=clock.now(), settings=settings())


def draw(template: str, words: Words, *, status: int = 200, **context: Any) -> Response:
    """The page, or 304 for a poll that has it already. Nothing keeps a copy."""
    drawn = render_template(
        template,
        _=words.say,
        ngettext=words.count,
        words=words,
        languages=LANGUAGES,
        build=build_id(),
        csrf=_TOKEN,
        item_name=item_name,
        picture_of=picture_of,
        maps_link=partial(maps_link, request.user_agent.string),
        **context,
    )
    response = Response(drawn.replace(_TOKEN, generate_csrf()), status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if status == 200:
        response.set_etag(hashlib.sha256(drawn.encode()).hexdigest()[:32])
        response.make_conditional(request.environ)
    return response


def maps_link(browser: str, store: Store) -> str | None:
    """The way to the store in the map that the phone has, so that no other server is asked for anything.

    Apple's systems know `maps:` (Apple, Map Links), the others `geo:` (RFC 5870).
    """
    if store.latitude is None or store.longitude is None:
        return None
    place = f"{store.latitude:.5f},{store.longitude:.5f}"
    apple = any(name in browser for name in ("iPhone", "iPad", "Macintosh"))
    return f"maps:?daddr={place}" if apple else f"geo:{place}?q={place}"


def trouble(error: OperationError | None, words: Words) -> Markup | None:
    """What went wrong, for somebody who does not work here."""
    _ = words.say
    if error is None:
        return None
    busy = _("We are very busy right now. Please try again in a moment.")
    sentences = {
        "insufficient_stock": _("Somebody else was faster: this is not there any more. Please choose again."),
        "invalid": _("Something is missing or not right. Please look at what you entered."),
        "not_chosen": _("Please choose one."),
        "csrf": _("That took too long or came from elsewhere. Please press the button once more."),
        "too_many_requests": _("That was too often. Please wait a few minutes."),
        "busy": busy,
        "out_of_service": busy,
    }
    return sentences.get(error.code, _("This is not possible any more. Here is how things stand now."))
