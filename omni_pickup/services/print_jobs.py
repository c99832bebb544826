"""Documents that were asked for; rendering and printing happen later, outside any transaction."""

from __future__ import annotations

from sqlalchemy import func, select

from omni_pickup import clock, keys
from omni_pickup.errors import ChangedMeanwhile, Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db, insert_if_absent
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.stores import Store
from omni_pickup.services import events

#: The same names as `printing.documents.DOCUMENTS`; a test compares them.
DOCUMENTS = (
    "pick_list",
    "packing_slip",
    "handoff_receipt",
    "bag_label",
    "return_item_label",
    "return_parcel_label",
)


def request_print(store: Store, document: str, subject_id: str, *, by: Actor) -> PrintJob:
    """Ask for a document about `subject_id` (a public id); every later copy of it says that it is one.

    Raises Invalid for an unknown document and ChangedMeanwhile when two copies are asked for at the same moment.
    """
    if document not in DOCUMENTS:
        raise Invalid.at("/document", f"A document is one of {', '.join(DOCUMENTS)}.")
    earlier = select(func.coalesce(func.max(PrintJob.copy_number), 0)).where(
        PrintJob.document == document, PrintJob.subject_id == subject_id
    )
    copy_number = int(db.session.scalar(earlier) or 0) + 1
    job_id = insert_if_absent(
        PrintJob,
        {
            "public_id": keys.new_id("prt"),
            "store_id": store.id,
            "document": document,
            "subject_id": subject_id,
            "copy_number": copy_number,
            "state": "requested",
            "requested_at": clock.now(),
            **by.columns(),
        },
        keys=("document", "subject_id", "copy_number"),
    )
    if job_id is None:
        raise ChangedMeanwhile("This was sent to the printer a moment ago.")
    events.record(
        "print.requested",
        by=by,
        data={"store": store.code, "document": document, "subject": subject_id, "copy": copy_number},
        store_id=store.id,
    )
    return db.session.get_one(PrintJob, job_id)


def copy_number(job: PrintJob) -> int:
    """1 for the first paper that came out, more for a copy: what failed to print lies on no desk."""
    earlier = select(func.count(PrintJob.id)).where(
        PrintJob.document == job.document,
        PrintJob.subject_id == job.subject_id,
        PrintJob.copy_number < job.copy_number,
        PrintJob.state != "failed",
    )
    return int(db.session.scalar(earlier) or 0) + 1


def finish_print(job: PrintJob, *, state: str, by: Actor) -> PrintJob:
    """The document was printed or failed to; a finished job stays as it is."""
    if state not in ("printed", "failed"):
        raise Invalid.at("/state", "A print job ends printed or failed.")
    if job.state == "requested":
        job.state = state
        job.printed_at = clock.now() if state == "printed" else None
        db.session.flush()
        store = db.session.get_one(Store, job.store_id)
        data = {"store": store.code, "document": job.document, "subject": job.subject_id, "copy": job.copy_number}
        events.record(f"print.{state}", by=by, data=data, store_id=job.store_id)
    return job
