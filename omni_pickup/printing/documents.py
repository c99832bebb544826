"""Every document by its name: what it says, on which paper, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omni_pickup.errors import Invalid
from omni_pickup.languages import nearest_language
from omni_pickup.printing.renderers import render_pdf
from omni_pickup.printing.sheets import fill
from omni_pickup.queries.papers import documents as facts_of
from omni_pickup.queries.papers.return_papers import read_parcel_label, read_return_item_labels

#: Sheets and the 80 mm roll; a label has one size of its own.
SHEETS = ("a4", "letter", "roll")
LABEL = ("label",)


@dataclass(frozen=True, slots=True)
class Printed:
    """A document that can be sent to a browser or a printer."""

    pdf: bytes
    filename: str


@dataclass(frozen=True, slots=True)
class Document:
    """`read` takes the subject's public id; `stylesheet` is a file of `static/css/`."""

    read: Callable[[str], Any]
    template: str
    stylesheet: str
    papers: tuple[str, ...]


DOCUMENTS: Mapping[str, Document] = {
    "pick_list": Document(facts_of.read_pick_list, "pick_list.html", "print-pick-list", SHEETS),
    "packing_slip": Document(facts_of.read_packing_slip, "packing_slip.html", "print-order", SHEETS),
    "handoff_receipt": Document(facts_of.read_handoff_receipt, "handoff_receipt.html", "print-order", SHEETS),
    "bag_label": Document(facts_of.read_bag_label, "bag_label.html", "print-label", LABEL),
    "return_item_label": Document(read_return_item_labels, "return_item_label.html", "print-label", LABEL),
    "return_parcel_label": Document(read_parcel_label, "return_parcel_label.html", "print-label", LABEL),
}


def print_document(kind: str, subject_id: str, *, paper: str | None = None, copy_number: int = 1) -> Printed:
    """The document about `subject_id` as PDF; `copy_number` above 1 prints COPY.

    Subjects are the public ids of wave, order, handoff and bag, `<return's public id>:<position>` for a returned line,
    and a parcel's SSCC. `paper` is one of the document's own, its first unless told. Call it outside transactions.
    Raises Invalid, NotFound, Conflict when there is nothing to print, PartMissing and PrintingFailed.
    """
    document = _document(kind)
    paper = document.papers[0] if paper is None else paper
    if paper not in document.papers:
        raise Invalid.at("/paper", f"This document is printed on {', '.join(document.papers)}.")
    html = draw_html(kind, document.read(subject_id), paper=paper, copy_number=copy_number)
    name = f"{kind}-{subject_id}" + (f"-copy-{copy_number}" if copy_number > 1 else "")
    return Printed(
        pdf=render_pdf(html, stylesheet=document.stylesheet),
        filename=name.replace("_", "-").replace(":", "-") + ".pdf",
    )


def print_bag_labels(bags: Sequence[tuple[str, int]]) -> Printed:
    """The labels of some bags, by public id and copy number, as one PDF with a page for each.

    Raises what `print_document` raises.
    """
    labels = [(facts_of.read_bag_label(bag), copy_number > 1) for bag, copy_number in bags]
    language = nearest_language(None)
    html = fill("bag_labels.html", language=language, labels=labels, paper="label", is_copy=False)
    return Printed(render_pdf(html, stylesheet=_document("bag_label").stylesheet), f"bag-labels-{len(labels)}.pdf")


def draw_html(kind: str, facts: Any, *, paper: str, copy_number: int = 1) -> str:
    """The page of one document from its facts, as the renderer takes it. Raises Invalid, PartMissing."""
    document = _document(kind)
    language = nearest_language(getattr(facts, "language", None))
    return fill(document.template, language=language, facts=facts, paper=paper, is_copy=copy_number > 1)


def _document(kind: str) -> Document:
    if kind not in DOCUMENTS:
        raise Invalid.at("/document", f"A document is one of {', '.join(DOCUMENTS)}.")
    return DOCUMENTS[kind]
