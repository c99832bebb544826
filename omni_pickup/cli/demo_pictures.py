"""Draws the sample items' pictures: plain shapes of our own, one SVG for each shape and colour.

They are committed under `static/demo/`; `python -m omni_pickup.cli.demo_pictures` draws them again.
"""

from __future__ import annotations

from pathlib import Path

from omni_pickup.cli.demo_catalog import COLOURS, DESIGNS
from omni_pickup.config import ROOT

#: Each shape on a 200 x 200 field: `F` fills with the item's colour, `D` draws details in ink.
SHAPES: dict[str, tuple[tuple[str, str], ...]] = {
    "tshirt": (("F", "M70 40 40 55 22 95l26 12 8-12v70h88V95l8 12 26-12-18-40-30-15c-4 16-52 16-60 0z"),),
    "hoodie": (
        ("F", "M70 42 38 58 20 130l28 8 8-30v64h88v-64l8 30 28-8-18-72-32-16c-6-20-54-20-60 0z"),
        ("D", "M100 66v106M70 42c4 18 56 18 60 0M72 130h56"),
    ),
    "jacket": (
        ("F", "M72 38 40 52 22 140l26 6 8-36v68h88v-68l8 36 26-6-18-88-32-14-28 14z"),
        ("D", "M100 52v126M66 120h22M112 120h22"),
    ),
    "trousers": (("F", "M62 28h76l12 148h-36L100 78 86 176H50z"), ("D", "M60 46h80M100 28v40")),
    "sweater": (
        ("F", "M74 42 42 56 20 140l28 10 8-32v54h88v-54l8 32 28-10-22-84-32-14c-8 12-44 12-52 0z"),
        ("D", "M56 160h88M70 84h60M70 98h60"),
    ),
    "dress": (("F", "M78 28h10c4 14 20 14 24 0h10l8 44-10 18 30 84H50l30-84-10-18z"), ("D", "M78 90h44")),
    "socks": (("F", "M56 26h34v86l30 26c14 14-6 36-24 26l-40-30zM106 26h34v60h-34z"), ("D", "M56 44h34M106 44h34")),
    "shoe": (
        ("F", "M24 132V92l30-10 26 24 50 14c30 6 44 12 46 30v4H24z"),
        ("D", "M24 140h152M74 100l12-12M90 112l12-12M106 118l10-12"),
    ),
    "boot": (("F", "M62 26h54v84l42 18c14 8 16 22 16 38H62z"), ("D", "M62 150h112M62 44h54")),
    "mug": (("F", "M50 54h78v92c0 16-78 16-78 0z"), ("D", "M128 74c46-4 46 56 0 52M50 66h78")),
    "kettle": (
        ("F", "M58 66h72l16 100H44z"),
        ("D", "M70 66c0-40 70-40 76 10M130 84l38 10-32 34M84 58h24"),
    ),
    "pan": (("F", "M30 100a50 50 0 1 0 100 0 50 50 0 1 0-100 0z"), ("D", "M130 100h52M48 100a32 32 0 0 1 32-32")),
    "knife": (("F", "M26 118 128 58l10 16-44 54z"), ("D", "M128 58l46-28 10 16-46 28z")),
    "glass": (
        ("F", "M40 40h44l-6 52c-4 18-28 18-32 0zM112 40h44l-6 52c-4 18-28 18-32 0z"),
        ("D", "M62 104v54M42 160h40M134 104v54M114 160h40"),
    ),
    "towel": (("F", "M46 34h108v132H46z"), ("D", "M46 56h108M46 64h108M46 146h108")),
    "lamp": (("F", "M66 40h68l22 62H44z"), ("D", "M100 102v58M66 162h68M122 102v22")),
    "cushion": (
        ("F", "M36 48c40 10 88 10 128 0-8 36-8 68 0 104-40-10-88-10-128 0 8-36 8-68 0-104z"),
        ("D", "M100 92v16M92 100h16"),
    ),
    "candle": (("F", "M62 78h76v88H62z"), ("D", "M100 78V62M100 58c-14-14 0-24 0-32 8 10 12 20 0 32zM62 104h76")),
    "chair": (("F", "M58 30h62l6 76H64z"), ("D", "M64 106h72v14H64zM70 120l-20 52M130 120l20 52M58 150h86")),
    "parasol": (
        ("F", "M22 96c6-84 150-84 156 0-20-16-34-16-52 0-16-16-36-16-52 0-18-16-34-16-52 0z"),
        ("D", "M100 34v136M80 172h40"),
    ),
    "suitcase": (
        ("F", "M52 56h96v108H52z"),
        ("D", "M80 56V30h40v26M76 72v76M100 72v76M124 72v76M66 164v10M134 164v10"),
    ),
    "headphones": (
        ("F", "M32 112h26v48H40c-6 0-8-4-8-8zM142 112h26v40c0 6-4 8-8 8h-18z"),
        ("D", "M40 112c0-96 120-96 120 0"),
    ),
    "speaker": (
        ("F", "M60 28h80v144H60z"),
        ("D", "M78 124a22 22 0 1 0 44 0 22 22 0 1 0-44 0M88 64a12 12 0 1 0 24 0 12 12 0 1 0-24 0"),
    ),
    "camera": (
        ("F", "M32 64h34l10-18h48l10 18h34v90H32z"),
        ("D", "M72 108a28 28 0 1 0 56 0 28 28 0 1 0-56 0M146 78h10"),
    ),
    "charger": (("F", "M58 54h84v84H58z"), ("D", "M82 54V34M118 54V34M100 138v36M92 98h16")),
    "cable": (
        ("F", "M34 38h34v34H34zM132 128h34v34h-34z"),
        ("D", "M51 72c0 70 98 0 98 56M44 38V26M58 38V26M142 162v12M156 162v12"),
    ),
    "bear": (
        (
            "F",
            "M60 66a40 40 0 1 1 80 0c0 14-8 26-18 32 22 12 32 34 26 72H52c-6-38 4-60 26-72-10-6-18-18-18-32z"
            "M52 34a16 16 0 1 0 20 20M148 34a16 16 0 1 1-20 20",
        ),
        ("D", "M86 62v2M114 62v2M92 80c4 6 12 6 16 0"),
    ),
    "blocks": (
        ("F", "M30 108h62v62H30zM108 108h62v62h-62zM69 34h62v62H69z"),
        ("D", "M50 150l12-28 12 28M128 126h22v28M88 80V50h20"),
    ),
    "puzzle": (
        ("F", "M40 52h40c-10-28 40-28 30 0h40v40c28-10 28 40 0 30v40H40z"),
        ("D", "M40 122h40c-8 20 30 20 24 0"),
    ),
    "ball": (
        ("F", "M34 100a66 66 0 1 0 132 0 66 66 0 1 0-132 0z"),
        ("D", "M100 74l26 18-10 30H84L74 92zM100 74V36M126 92l36-8M116 122l20 34M84 122l-20 34M74 92l-36-8"),
    ),
    "notebook": (("F", "M54 30h96v140H54z"), ("D", "M70 30v140M86 64h48M86 82h48")),
    "pen": (("F", "M44 142 128 44l22 18-84 98-28 10z"), ("D", "M116 58l22 18M44 142l22 18")),
    "bag": (("F", "M60 50h80l8 120H52z"), ("D", "M60 50l6-18h68l6 18M70 96h60v40H70z")),
    "chocolate": (("F", "M42 60h116v84H42z"), ("D", "M80 60v84M120 60v84M42 102h116")),
    "bottle": (("F", "M86 26h28v38c24 14 26 24 26 44v64H60v-64c0-20 2-30 26-44z"), ("D", "M60 112h80v36H60zM86 40h28")),
    "cheese": (
        ("F", "M30 122 150 58c16 14 20 34 20 64v32H30z"),
        ("D", "M30 122h140M72 138v2M110 140v2M120 96v2M142 140v2"),
    ),
    "fish": (
        ("F", "M26 100c30-50 86-50 116 0l36-30v60l-36-30c-30 50-86 50-116 0z"),
        ("D", "M56 92v2M84 72c10 18 10 38 0 56"),
    ),
    "icecream": (("F", "M54 92c-6-80 98-80 92 0z"), ("D", "M60 92l40 84 40-84M74 92l40 54M126 92l-40 54")),
    "tube": (("F", "M64 30h72l-8 112H72z"), ("D", "M78 142h44v26H78zM64 42h72M86 84h28")),
    "soap": (
        ("F", "M34 92c0-28 132-28 132 0v30c0 32-132 32-132 0z"),
        ("D", "M64 100c20-10 52-10 72 0M140 56v2M154 44v2"),
    ),
}

_FRAME = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="400" height="400">{body}</svg>\n'
_INK = 'stroke="#14181A" stroke-width="4" stroke-linejoin="round" stroke-linecap="round"'


def draw(shape: str, colour: str) -> str:
    """One picture as SVG text. Raises KeyError for an unknown shape or colour."""
    parts = [
        f'<path d="{path}" fill="{COLOURS[colour] if kind == "F" else "none"}" {_INK}/>' for kind, path in SHAPES[shape]
    ]
    return _FRAME.format(body="".join(parts))


def write_pictures(folder: Path = ROOT / "static" / "demo") -> int:
    """Draw every picture the sample items name; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {(design.picture, colour) for design in DESIGNS for colour in design.colours}
    for shape, colour in sorted(wanted):
        (folder / f"{shape}-{colour}.svg").write_text(draw(shape, colour), encoding="utf-8")
    return len(wanted)


if __name__ == "__main__":
    print(f"{write_pictures()} pictures drawn")
