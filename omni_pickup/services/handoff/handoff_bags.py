"""What a handoff does to the bags, and how its undo makes that good again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.packages import HandoffLine, Package, PackageContent
from omni_pickup.services.handoff.handoff_plans import Share
from omni_pickup.services.picking.bag_contents import IN_STORE, content_of


def empty_shares(shares: Sequence[Share], at: datetime) -> None:
    """Take refused pieces out; a bag that was given as it was is gone with its contents on record."""
    bags = {share.bag.id: share.bag for share in shares}
    for bag in bags.values():
        _empty(bag, [share for share in shares if share.bag is bag], at)
    db.session.flush()


def _empty(bag: Package, shares: Sequence[Share], at: datetime) -> None:
    for share in shares:
        _content(bag, share.line).quantity -= share.refused
    left = sum(content.quantity for content in bag.contents)
    given = sum(share.collected for share in shares)
    if left == given:
        bag.state = "handed_over" if given else "emptied"
        bag.handed_over_at = at if given else None
        return
    for share in shares:
        _content(bag, share.line).quantity -= share.collected


def refill(bag: Package, line: OrderLine, row: HandoffLine, *, refused: int) -> None:
    """Pieces of an undone handoff are in their bag again, which stands where it stood."""
    content = _content(bag, line)
    if bag.state == "staged":
        content.quantity += row.collected + refused
        return
    content.quantity += refused
    if row.collected or refused:
        bag.handed_over_at = None


def stand_again(bag: Package) -> None:
    """A bag that a handoff took away waits at its place again; a tag that was used anew stays where it hangs."""
    if bag.state not in ("handed_over", "emptied") or not any(content.quantity for content in bag.contents):
        return
    if bag.tag is not None and db.session.scalar(_tag_in_use(bag)):
        bag.tag = None
    bag.state = "staged" if bag.staging_location_id is not None else "packed"


def _tag_in_use(bag: Package) -> Select[tuple[bool]]:
    return select(exists().where(Package.store_id == bag.store_id, Package.tag == bag.tag, Package.state.in_(IN_STORE)))


def _content(bag: Package, line: OrderLine) -> PackageContent:
    content = content_of(bag, line)
    assert content is not None, "a plan names only what lies in the bag"
    return content
