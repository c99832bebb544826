"""Looking at a PDF as a label printer, a scanner and a person would."""

from __future__ import annotations

import math
import re
import zlib
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from omni_pickup.printing.documents import DOCUMENTS, draw_html
from omni_pickup.printing.renderers import render_pdf

DOTS_PER_INCH = 203


def drawn(kind: str, facts: Any, *, paper: str | None = None, copy_number: int = 1) -> bytes:
    """The PDF of one document."""
    document = DOCUMENTS[kind]
    html = draw_html(kind, facts, paper=paper or document.papers[0], copy_number=copy_number)
    return render_pdf(html, stylesheet=document.stylesheet)


def rasters(pdf: bytes) -> list[Image.Image]:
    """Each page in grey, as a 203 dpi printer lays it out."""
    return [_raster(page) for page in pypdfium2.PdfDocument(pdf)]


def _raster(page: Any) -> Image.Image:
    # PDFium stretches a page to whole dots, which no printer does. Less than a dot of white at the right and at the top
    # keeps the scale; a hundredth less, because it rounds up.
    left, bottom, right, top = page.get_mediabox()
    whole = [math.ceil(round(length / 72 * DOTS_PER_INCH, 3)) - 0.01 for length in (right - left, top - bottom)]
    page.set_mediabox(left, bottom, left + whole[0] / DOTS_PER_INCH * 72, bottom + whole[1] / DOTS_PER_INCH * 72)
    image: Image.Image = page.render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil().convert("L")
    return image


def scans(pdf: bytes) -> list[str]:
    """What a scanner reads on all pages: the kind of code and its content, sorted."""
    return sorted(f"{code.format.name} {code.text}" for image in rasters(pdf) for code in zxingcpp.read_barcodes(image))


def texts(pdf: bytes) -> list[str]:
    """What a person reads on each page, on one line."""
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(pdf)]


def font_names(pdf: bytes) -> set[str]:
    """The fonts in the file, also those that its compressed parts name."""
    parts = [pdf]
    for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        parts.append(zlib.decompressobj().decompress(part))
    return {name.decode() for part in parts for name in re.findall(rb"/BaseFont\s*/([^\s/<>\[\]]+)", part)}


def margins_are_white(pdf: bytes, *, millimetres: float) -> bool:
    """Whether nothing was drawn within that distance of the paper's edges."""
    dots = round(millimetres / 25.4 * DOTS_PER_INCH)
    return all(_edges(image, dots) == {255} for image in rasters(pdf))


def _edges(image: Image.Image, dots: int) -> set[int]:
    width, height = image.size
    boxes = (
        (0, 0, dots, height),
        (width - dots, 0, width, height),
        (0, 0, width, dots),
        (0, height - dots, width, height),
    )
    return {image.crop(box).getextrema()[0] for box in boxes}
