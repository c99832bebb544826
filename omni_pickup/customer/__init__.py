"""The customer's face: the pages behind the links in our messages. They work without scripts."""

from __future__ import annotations

from flask import Blueprint
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import TimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from omni_pickup.customer import calendars, changes, links, pickups, returns
from omni_pickup.customer.links import show_lost, show_stopped
from omni_pickup.errors import Busy, ChangedMeanwhile, OperationError, Unreadable
from omni_pickup.visitors import refuse_foreign_pages

blueprint = Blueprint("customer", __name__)
#: What is over when somebody looks again: changed meanwhile, too many tries, no place or no database.
_PASSING = frozenset({409, 429, 503})
blueprint.before_request(refuse_foreign_pages)
for module in (links, pickups, changes, returns, calendars):
    module.add_routes(blueprint)


class FormOutdated(Unreadable):
    code = "csrf"
    title = "The form has to be sent again"


@blueprint.errorhandler(OperationError)
def refuse(error: OperationError) -> Response:
    """In the customer's language, and without a word about whether there is such an order."""
    return show_stopped(error) if error.status in _PASSING else show_lost(error)


@blueprint.errorhandler(StaleDataError)
@blueprint.errorhandler(TimeoutError)
def refuse_for_now(error: Exception) -> Response:
    """Somebody else was faster by a moment, or every place at the database is taken."""
    return show_stopped(ChangedMeanwhile() if isinstance(error, StaleDataError) else Busy())


@blueprint.errorhandler(CSRFError)
def refuse_form(error: CSRFError) -> Response:
    """A form without its token changed nothing: the cookie was lost, or it came from elsewhere."""
    del error
    return show_lost(FormOutdated())
