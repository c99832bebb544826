"""Icons."""

from __future__ import annotations

import pytest

from omni_pickup.icons import draw_icon


def test_an_icon_is_drawn_in_its_size_and_hidden_from_readers() -> None:
    drawn = draw_icon("check", 40)
    assert 'width="40" height="40"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert 'stroke-width="2.25"' in drawn
    assert "<path" in drawn


def test_an_unknown_icon_is_an_error_and_never_a_blank() -> None:
    with pytest.raises(KeyError):
        draw_icon("unicorn")
