"""What people and systems say about shelves: deliveries, till sales, counts, and figures of the night."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from omni_pickup import clock
from omni_pickup.models import transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_levels import set_level
from tests.model.floor_rules import PIECES, SKUS, FloorRules

FEW = st.integers(-3, 3)


class ShelfRules(FloorRules):
    #: The last moments between two steps, of which somebody may tell later.
    moments: list[datetime]

    def open_the_shop(self) -> None:
        self.moments = []
        super().open_the_shop()

    def look_at_the_clock(self) -> None:
        self.moments = [*self.moments[-4:], clock.now()]

    @rule(sku=SKUS, pieces=PIECES, far=st.booleans())
    def deliver(self, sku: str, pieces: int, far: bool) -> None:
        self._deliver(sku, pieces, far=far)

    @rule(sku=SKUS, pieces=PIECES, far=st.booleans())
    def sell_at_the_till(self, sku: str, pieces: int, far: bool) -> None:
        self._tell(sku, -pieces, far=far)
        self.book.at(far=far)[sku].sell(pieces)

    @precondition(lambda self: self.book.sales)
    @rule(data=st.data(), pieces=PIECES, back=st.sampled_from([False, False, False, True]))
    def sell_goods_of_an_order(self, data: st.DataObject, pieces: int, back: bool) -> None:
        """The till rings up what an order keeps for its customer, before or after the handoff, or takes it back."""
        # Mostly an order that is about to be given or was, because that is when people are at the till.
        likely = [sale for sale in self.book.sales if sale.state in ("picked", "ready", "collected")]
        sale = self._draw(data, likely if likely and pieces < 3 else self.book.sales)
        sku = self._draw(data, sale.lines).sku
        self._tell(sku, pieces if back else -pieces, far=False, sale=sale)
        if back:
            self.book.shelves[sku].add(pieces - self.book.unsell(sale, sku, pieces))
        else:
            self.book.sell_of(sale, sku, pieces)

    @precondition(lambda self: self.moments)
    @rule(data=st.data(), sku=SKUS, pieces=PIECES)
    def tell_a_sale_late(self, data: st.DataObject, sku: str, pieces: int) -> None:
        if (at := self._draw(data, self.moments)) is not None:
            self._tell(sku, -pieces, far=False, at=at)
            self.book.shelves[sku].sell(pieces, at=at)

    @precondition(lambda self: self.moments)
    @rule(data=st.data(), sku=SKUS, off=FEW)
    def send_the_figure_of_a_moment(self, data: st.DataObject, sku: str, off: int) -> None:
        if (at := self._draw(data, self.moments)) is None:
            return
        figure = max(0, self.book.shelves[sku].on_hand + off)
        with transaction():
            set_level(self.store, sku, {"on_hand": figure, "counted_at": at.isoformat()}, by=SYSTEM)
        self.book.shelves[sku].state(figure, at=at)

    @rule(sku=SKUS, figure=st.integers(0, 14), far=st.booleans())
    def send_a_plain_figure(self, sku: str, figure: int, far: bool) -> None:
        with transaction():
            set_level(self._store(far=far), sku, {"on_hand": figure}, by=SYSTEM)
        self.book.at(far=far)[sku].on_hand = figure

    @rule(sku=SKUS, counted=st.integers(0, 12))
    def send_a_counted_figure(self, sku: str, counted: int) -> None:
        with transaction():
            set_level(self.store, sku, {"on_hand": counted, "counted": True}, by=SYSTEM)
        self.book.count(sku, counted, far=False, at=clock.now())

    @rule(sku=SKUS, off=FEW | st.integers(-9, 9) | st.just(0), far=st.booleans())
    def count_by_hand(self, sku: str, off: int, far: bool) -> None:
        counted = max(0, self.book.at(far=far)[sku].on_hand + off)
        with transaction():
            done = record_count(self._store(far=far), self.items[sku], counted, by=self.ola)
        assert done.accepted == self.book.count_by_hand(sku, counted, far=far, at=clock.now())
