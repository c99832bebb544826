"""Documents through our renderer against bare WeasyPrint on the same HTML and style sheets.

    .venv/bin/python -m benchmarks.documents

Both are warm: style sheets and fonts are parsed before the clock starts. The ratio is the price of the process border,
the bounds and the checks; the aim is 1.2 at most. Runs alternate, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from omni_pickup import keys
from omni_pickup.printing.documents import DOCUMENTS, draw_html
from omni_pickup.printing.renderers import STYLESHEETS, render_pdf, stop_renderers
from tests.printing import samples

ROUNDS = 21
AIM = 1.2


def bare_renderer() -> Callable[[str, str], bytes]:
    """WeasyPrint in this process, with the same fonts and style sheets."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from omni_pickup.printing.bundled_files import BundledFiles

    fonts, files = FontConfiguration(), BundledFiles()
    sheets = {name: CSS(url=f"bundled:css/{name}.css", url_fetcher=files, font_config=fonts) for name in STYLESHEETS}

    def render(html: str, stylesheet: str) -> bytes:
        pdf: bytes = HTML(string=html, url_fetcher=files).write_pdf(
            stylesheets=[sheets["print"], sheets[stylesheet]], font_config=fonts
        )
        return pdf

    return render


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(name: str, kind: str, facts: Any, bare: Callable[[str, str], bytes]) -> None:
    stylesheet = DOCUMENTS[kind].stylesheet
    html = draw_html(kind, facts, paper=DOCUMENTS[kind].papers[0])
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: render_pdf(html, stylesheet=stylesheet)))
        theirs.append(seconds(lambda: bare(html, stylesheet)))
    # The first round of each is for caches.
    mine, other = statistics.median(ours[1:]), statistics.median(theirs[1:])
    verdict = "ok" if mine / other <= AIM else "above the aim"
    print(f"{name:28} {mine * 1000:8.1f} ms {other * 1000:8.1f} ms   ratio {mine / other:4.2f}  {verdict}")


def main() -> None:
    keys.configure("k" * 40)
    bare = bare_renderer()
    render_pdf("<p>warm</p>", stylesheet="print-label")
    print(f"{'document':28} {'ours':>11} {'WeasyPrint':>11}")
    compare("bag label", "bag_label", samples.bag_label(), bare)
    compare("return parcel label", "return_parcel_label", samples.parcel_label(), bare)
    compare("handoff receipt", "handoff_receipt", samples.handoff_receipt(), bare)
    compare("pick list of 50 orders", "pick_list", samples.pick_list(orders=50), bare)
    stop_renderers()


if __name__ == "__main__":
    main()
