"""What is wrong with a page's HTML: what the parser of the standard complains about, and what it lets pass.

The content model, the attributes and the references are those of the HTML Living Standard, as far as the product
uses them; what is not listed here is wrong until somebody looks it up there and adds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

_FLOW = {
    "address",
    "article",
    "aside",
    "blockquote",
    "details",
    "dialog",
    "div",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "search",
    "section",
    "table",
    "ul",
}
#: Elements that hold phrasing content only (section 4.4 and following).
_PHRASING_ONLY = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "span",
    "strong",
    "em",
    "b",
    "i",
    "small",
    "label",
    "button",
    "summary",
    "dt",
    "legend",
    "time",
    "code",
    "pre",
}
_CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "select": {"option", "optgroup", "hr"},
    "datalist": {"option"},
    "tr": {"td", "th"},
}
#: A summary and a legend may hold one heading (sections 4.11.2 and 4.10.16).
_MAY_HOLD = {"summary": {"h1", "h2", "h3", "h4", "h5", "h6"}, "legend": {"h1", "h2", "h3", "h4", "h5", "h6"}}
_INTERACTIVE = {"a", "button", "input", "select", "textarea", "label", "details"}
_REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage", "form", "list")
_GLOBAL = {
    "class",
    "id",
    "lang",
    "dir",
    "hidden",
    "tabindex",
    "title",
    "role",
    "inert",
    "autofocus",
    "translate",
    "popover",
    "enterkeyhint",
}
_GLOBAL |= {"inputmode", "spellcheck", "autocapitalize"}
_OPEN = ("data-", "aria-", "hx-", "sse-")
_OWN = {
    "a": "href rel target download hreflang",
    "button": "type name value disabled form formaction formmethod formnovalidate popovertarget",
    "details": "open name",
    "dialog": "open",
    "fieldset": "disabled name form",
    "form": "action method enctype novalidate autocomplete name target",
    "html": "lang dir",
    "img": "src alt width height loading decoding srcset sizes",
    "input": "type name value checked disabled required readonly placeholder autocomplete min max step maxlength "
    "minlength pattern size multiple accept list form",
    "label": "for",
    "li": "value",
    "link": "rel href type sizes media as crossorigin",
    "meta": "charset name content http-equiv media",
    "meter": "value min max low high optimum",
    "ol": "start reversed type",
    "optgroup": "label disabled",
    "option": "value selected disabled label",
    "output": "for name form",
    "progress": "value max",
    "script": "src type defer async",
    "select": "name required disabled multiple size autocomplete form",
    "td": "colspan rowspan headers",
    "textarea": "name rows cols maxlength minlength placeholder required disabled readonly autocomplete wrap form",
    "th": "colspan rowspan scope headers abbr",
    "time": "datetime",
}


def faults(page: str) -> list[str]:
    """What is wrong with the page, in words; empty is right."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    root = parser.parse(page)
    found = [f"parser at {position}: {code} {values}" for position, code, values in parser.errors]
    parents = {child: parent for parent in root.iter() for child in parent}
    for one in _elements(root):
        found += _of_element(one, parents)
    return found + _ids(root) + _head(root)


def _elements(root: Element) -> Iterator[Element]:
    """Every HTML element; what stands in an SVG follows other rules."""
    for one in root.iter():
        if isinstance(one.tag, str) and not one.tag.startswith("{"):
            yield one


def _of_element(one: Element, parents: dict[Element, Element]) -> list[str]:
    found, where = [], _where(one)
    for child in one:
        if not isinstance(child.tag, str) or child.tag in ("script", "template"):
            continue
        if one.tag in _CHILDREN and child.tag not in _CHILDREN[one.tag]:
            found.append(f"{where} holds {child.tag}")
        if one.tag in _PHRASING_ONLY and child.tag in _FLOW - _MAY_HOLD.get(one.tag, set()):
            found.append(f"{where} holds {child.tag}")
    if one.tag in _INTERACTIVE and _is_inside(one, parents):
        found.append(f"{where} stands inside something that can be tapped")
    allowed = _GLOBAL | set(_OWN.get(one.tag, "").split())
    strange = [
        name for name in one.attrib if name not in allowed and not name.startswith(("data-", "aria-", "hx-", "sse-"))
    ]
    found += [f"{where} has {name}" for name in strange]
    if not _is_in_template(one, parents) and not _is_named(one, parents):
        found.append(f"{where} has no name")
    if one.tag == "img" and one.get("alt") is None:
        found.append(f"{where} has no alt")
    return found


def _is_inside(one: Element, parents: dict[Element, Element]) -> bool:
    """A control inside its own label is right."""
    above = parents.get(one)
    while above is not None:
        if above.tag in ("a", "button") or (above.tag == "label" and one.tag in ("a", "button", "label", "details")):
            return True
        above = parents.get(above)
    return False


def _is_in_template(one: Element, parents: dict[Element, Element]) -> bool:
    """A shape that a script copies and fills before anybody sees it."""
    above = parents.get(one)
    while above is not None and above.tag != "template":
        above = parents.get(above)
    return above is not None


def _is_named(one: Element, parents: dict[Element, Element]) -> bool:
    if one.tag not in ("a", "button", "input", "select", "textarea", "summary") or one.get("type") == "hidden":
        return True
    if one.get("aria-label") or one.get("aria-labelledby") or one.get("title"):
        return True
    if one.tag in ("a", "button", "summary"):
        words = "".join(one.itertext()).strip()
        # Where a script writes the words, it does so before the control is shown.
        return bool(words or one.get("hidden") is not None or any(image.get("alt") for image in one.iter("img")))
    if one.get("type") in ("submit", "reset", "button"):
        return bool(one.get("value"))
    above = parents.get(one)
    while above is not None:
        if above.tag == "label":
            return bool("".join(above.itertext()).strip())
        root, above = above, parents.get(above)
    return any(label.get("for") == one.get("id") for label in root.iter("label")) if one.get("id") else False


def _ids(root: Element) -> list[str]:
    counted = Counter(one.get("id") for one in root.iter() if one.get("id") is not None)
    found = [f"id {name} stands {count} times" for name, count in counted.items() if count > 1]
    for one in _elements(root):
        for attribute in _REFERENCES:
            named = (one.get(attribute) or "").split()
            found += [f"{_where(one)}: {attribute} names {name}" for name in named if name not in counted]
        target = one.get("href") or ""
        if target.startswith("#") and target[1:] not in counted:
            found.append(f"{_where(one)} leads to {target}")
    return found


def _head(root: Element) -> list[str]:
    title = root.find("head/title")
    found = [] if title is not None and (title.text or "").strip() else ["there is no title"]
    if not root.get("lang"):
        found.append("there is no language")
    counts = {tag: sum(one.get("hidden") is None for one in root.iter(tag)) for tag in ("main", "h1")}
    return found + [f"{tag} stands {count} times" for tag, count in counts.items() if count != 1]


def _where(one: Element) -> str:
    name = one.get("id") or one.get("class") or one.get("name") or ""
    return f"<{one.tag} {name}>"
