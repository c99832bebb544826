"""Papers in the browser: asked for, counted, drawn outside of any transaction, shown. Nothing waits for them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup.board.guards import current_store
from omni_pickup.errors import NotFound, OperationError
from omni_pickup.models import db, transaction
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.stores import Store
from omni_pickup.pages import show
from omni_pickup.printing.documents import DOCUMENTS, Printed, print_bag_labels, print_document
from omni_pickup.queries.papers.print_subjects import check_subject, printed_before
from omni_pickup.services.print_jobs import copy_number, finish_print, request_print
from omni_pickup.visitors import current_actor

#: What the address calls the papers that the renderer knows.
PAPERS = {"a4": "a4", "letter": "letter", "80mm": "roll"}
#: Labels in one go: more bags than one walk ever makes.
MOST_LABELS = 60


def add_routes(blueprint: Blueprint) -> None:
    """Put the papers on the board."""
    blueprint.get("/prints/<document>/<subject>")(show_print)
    blueprint.post("/prints/<document>/<subject>")(print_now)
    blueprint.post("/prints/bag_labels")(print_labels)


def show_print(document: str, subject: str) -> Response:
    """A page with one button, because looking prints nothing. Raises NotFound for another store's paper."""
    check_subject(document, subject, current_store())
    return _page(document, subject)


def print_now(document: str, subject: str) -> Response:
    """The paper itself; what went wrong is said in words, and asking again is no copy then."""
    store, by = current_store(), current_actor()
    with transaction("request_print"):
        check_subject(document, subject, store)
        job = request_print(store, document, subject, by=by)
        number = copy_number(job)
    try:
        printed = print_document(document, subject, paper=_paper(document), copy_number=number)
    except OperationError as error:
        _finish([job.id], "failed")
        return _page(document, subject, error)
    _finish([job.id], "printed")
    return _pdf(printed)


def print_labels() -> Response:
    """The labels of all bags in `bags` as one paper; each counts its own copies, and one failure is everybody's."""
    store = current_store()
    bags = list(dict.fromkeys(request.form.get("bags", "").split()))[:MOST_LABELS]
    jobs, numbered = _ask_for_labels(store, bags)
    try:
        printed = print_bag_labels(numbered)
    except OperationError as error:
        _finish(jobs, "failed")
        return show("board/print_failed.html", status=error.status, error=error, bags=bags, store=store)
    _finish(jobs, "printed")
    return _pdf(printed)


def _ask_for_labels(store: Store, bags: Sequence[str]) -> tuple[list[int], list[tuple[str, int]]]:
    """Jobs, and each bag with the number of its copy. Raises NotFound for another store's bag, and for none."""
    if not bags:
        raise NotFound("There is no bag without a label here.")
    with transaction("request_print"):
        for bag in bags:
            check_subject("bag_label", bag, store)
        jobs = [request_print(store, "bag_label", bag, by=current_actor()) for bag in bags]
        return [job.id for job in jobs], [(job.subject_id, copy_number(job)) for job in jobs]


def _finish(job_ids: Sequence[int], state: str) -> None:
    with transaction("finish_print"):
        for job_id in job_ids:
            finish_print(db.session.get_one(PrintJob, job_id), state=state, by=current_actor())


def _paper(document: str) -> str | None:
    """The renderer's word for the paper that was chosen; labels have one size of their own."""
    chosen = request.form.get("paper") or request.args.get("paper")
    return PAPERS.get(chosen, chosen) if chosen and len(DOCUMENTS[document].papers) > 1 else None


def _page(document: str, subject: str, error: OperationError | None = None) -> Response:
    papers = list(PAPERS) if len(DOCUMENTS[document].papers) > 1 else []
    return show(
        "board/print.html",
        status=error.status if error else 200,
        document=document,
        subject=subject,
        papers=papers,
        chosen=request.values.get("paper") or "a4",
        earlier=printed_before(document, subject),
        error=error,
        store=current_store(),
    )


def _pdf(printed: Printed) -> Response:
    response: Response = Response(printed.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{printed.filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response
