"""Which pieces of which bag are given and which refused; a wrong or missing bag stops the handoff."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from omni_pickup.errors import BagsMissing, Invalid, WrongBag
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Package
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.picking.bag_contents import bags_of


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of a line at the counter, in pieces; refused ones need a reason. The rest goes on waiting."""

    collected: int
    refused: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Pieces of one line out of one bag."""

    line: OrderLine
    bag: Package
    collected: int
    refused: int
    reason: str | None


def plan_handoff(order: Order, scanned: Collection[str], results: Mapping[str, LineResult] | None) -> list[Share]:
    """Spread the results over the scanned bags, lowest number first; without results everything is given.

    Raises WrongBag, BagsMissing with the bags still to scan, Invalid for results that the bags cannot hold.
    """
    bags = [bag for bag in bags_of(order.id) if any(content.quantity for content in bag.contents)]
    here = _scanned(order, bags, scanned)
    wanted = _checked(order, results)
    missing = [bag for bag in bags if bag not in here]
    if results is None and missing:
        raise BagsMissing(_words(missing), missing=[bag.public_id for bag in missing])
    shares = [share for line in order.lines for share in _spread(line, here, wanted.get(line.line_id))]
    _check_spread(shares, wanted, missing)
    if not shares:
        raise Invalid.at("/lines", "Nothing is collected and nothing refused.")
    return shares


def _scanned(order: Order, bags: Iterable[Package], scanned: Collection[str]) -> list[Package]:
    by_code = {code: bag for bag in bags for code in (bag.public_id, bag.tag) if code is not None}
    wrong = [code for code in scanned if code not in by_code]
    if wrong:
        raise WrongBag(
            sentence("Bag %(bag)s does not belong to order %(number)s.", bag=wrong[0], number=order.number),
            bag=wrong[0],
        )
    return sorted({by_code[code] for code in scanned}, key=lambda bag: bag.number)


def _checked(order: Order, results: Mapping[str, LineResult] | None) -> dict[str, LineResult]:
    if results is None:
        return {line.line_id: LineResult(line.open) for line in order.lines if line.open}
    known = {line.line_id: line for line in order.lines}
    for line_id, result in results.items():
        if line_id not in known or result.collected < 0 or result.refused < 0:
            raise Invalid.at("/lines", sentence("There is no such result for line %(line_id)s.", line_id=line_id))
        if result.collected + result.refused > known[line_id].open:
            raise Invalid.at(
                "/lines",
                sentence("Only %(left)s of line %(line_id)s wait here.", left=known[line_id].open, line_id=line_id),
            )
        if result.refused and not (result.reason or "").strip():
            raise Invalid.at("/lines", sentence("Why is line %(line_id)s refused?", line_id=line_id))
    return dict(results)


def _spread(line: OrderLine, bags: Iterable[Package], result: LineResult | None) -> Iterable[Share]:
    if result is None:
        return
    collected, refused = result.collected, result.refused
    for bag in bags:
        held = sum(content.quantity for content in bag.contents if content.order_line_id == line.id)
        given = min(collected, held)
        kept = min(refused, held - given)
        collected, refused = collected - given, refused - kept
        if given or kept:
            yield Share(line, bag, given, kept, result.reason)


def _check_spread(shares: Iterable[Share], wanted: Mapping[str, LineResult], missing: Collection[Package]) -> None:
    spread: dict[str, int] = {}
    for share in shares:
        spread[share.line.line_id] = spread.get(share.line.line_id, 0) + share.collected + share.refused
    lacking = [
        line_id for line_id, result in wanted.items() if spread.get(line_id, 0) < result.collected + result.refused
    ]
    if lacking:
        raise BagsMissing(_words(missing), missing=[bag.public_id for bag in missing], lines=lacking)


def _words(missing: Collection[Package]) -> str:
    numbers = ", ".join(str(bag.number) for bag in missing)
    if len(missing) == 1:
        return sentence("Scan 1 more bag: %(numbers)s.", numbers=numbers)
    return sentence("Scan %(n)s more bags: %(numbers)s.", n=len(missing), numbers=numbers)
