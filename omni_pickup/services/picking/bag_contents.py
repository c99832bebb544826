"""What lies in which bag: pieces that are still loose in the tote, and pieces that must leave a bag again."""

from __future__ import annotations

from sqlalchemy import SQLColumnExpression, func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.packages import Package, PackageContent

IN_STORE = ("packed", "staged")


def bags_of(order_id: int) -> list[Package]:
    """The order's bags that are still in the store, by number."""
    bags = db.session.scalars(
        select(Package).where(Package.order_id == order_id, Package.state.in_(IN_STORE)).order_by(Package.number)
    )
    return list(bags.unique())


def loose_pieces(line: OrderLine) -> int:
    """Picked pieces of the line that are in no bag yet."""
    return line.picked - _in_bags(line, PackageContent.quantity - PackageContent.take_out)


def loose_put_backs(line: OrderLine) -> int:
    """Pieces to put back that do not have to be taken out of a bag first."""
    return line.to_put_back - _in_bags(line, PackageContent.take_out)


def flag_pieces(line: OrderLine, pieces: int) -> list[tuple[Package, int]]:
    """Mark `pieces` of the line as to be taken out and unstage their bags; returns bags and pieces.

    Bags that wait at no shelf yet come first, because they disturb nobody. An unstaged bag keeps its place as
    the one where it was last seen: somebody has to find it.
    """
    flagged: list[tuple[Package, int]] = []
    for bag in sorted(bags_of(line.order_id), key=lambda bag: (bag.state == "staged", -bag.number)):
        content = content_of(bag, line)
        more = 0 if content is None else min(pieces, content.quantity - content.take_out)
        if content is None or not more:
            continue
        content.take_out += more
        pieces -= more
        unstage(bag)
        flagged.append((bag, more))
    db.session.flush()
    return flagged


def take_out(line: OrderLine, pieces: int) -> list[tuple[Package, int]]:
    """The pieces have left their flagged bags; returns the bags and how many left each."""
    left: list[tuple[Package, int]] = []
    for bag in bags_of(line.order_id):
        content = content_of(bag, line)
        less = 0 if content is None else min(pieces, content.take_out)
        if content is not None and less:
            remove_flagged(bag, content, less)
            pieces -= less
            left.append((bag, less))
    db.session.flush()
    return left


def remove_flagged(bag: Package, content: PackageContent, pieces: int) -> None:
    """`pieces` that were marked are no longer in the bag; a bag with nothing in it is emptied."""
    content.take_out -= pieces
    content.quantity -= pieces
    if not any(other.quantity for other in bag.contents):
        bag.state, bag.staging_location_id = "emptied", None


def unstage(bag: Package) -> None:
    """The bag does not count as standing at its place any more."""
    if bag.state == "staged":
        bag.state, bag.staged_at = "packed", None


def content_of(bag: Package, line: OrderLine) -> PackageContent | None:
    """The bag's pieces of that line."""
    return next((content for content in bag.contents if content.order_line_id == line.id), None)


def _in_bags(line: OrderLine, column: SQLColumnExpression[int]) -> int:
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(column), 0))
            .join(Package, Package.id == PackageContent.package_id)
            .where(PackageContent.order_line_id == line.id, Package.state.in_(IN_STORE))
        )
        or 0
    )
