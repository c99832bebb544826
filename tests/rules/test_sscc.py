"""Serial shipping container codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.gtins import Scan, parse_scan
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sscc import check_sscc, make_sscc


def test_the_published_example_comes_out() -> None:
    assert make_sscc(3, "7610425", 2123456) == "376104250021234569"


@given(st.integers(0, 9), st.text("0123456789", min_size=4, max_size=12), st.data())
def test_every_sscc_has_18_digits_and_reads_back(extension: int, prefix: str, data: st.DataObject) -> None:
    serial = data.draw(st.integers(0, 10 ** (16 - len(prefix)) - 1))
    sscc = make_sscc(extension, prefix, serial)
    assert len(sscc) == 18
    assert sscc.startswith(f"{extension}{prefix}")
    assert int(sscc[1 + len(prefix) : -1]) == serial
    assert check_sscc(sscc) == check_sscc(f"(00) {sscc}") == sscc
    assert parse_scan("]C100" + sscc) == Scan("sscc", sscc)


@pytest.mark.parametrize(
    ("extension", "prefix", "serial", "code"),
    [
        (10, "7610425", 1, "invalid_extension_digit"),
        (-1, "7610425", 1, "invalid_extension_digit"),
        (0, "761", 1, "invalid_company_prefix"),
        (0, "7610425761042", 1, "invalid_company_prefix"),
        (0, "76104x5", 1, "invalid_company_prefix"),
        (0, "7610425", 10**9, "serial_too_large"),
        (0, "7610425", -1, "serial_too_large"),
    ],
)
def test_what_cannot_become_an_sscc_is_refused(extension: int, prefix: str, serial: int, code: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        make_sscc(extension, prefix, serial)
    assert caught.value.code == code


def test_the_largest_serial_still_fits() -> None:
    assert make_sscc(0, "7610425", 10**9 - 1)[8:17] == "999999999"


@pytest.mark.parametrize(
    "text", ["", "37610425002123456", "376104250021234568", "37610425002123456x", "(01)5901234123457"]
)
def test_what_is_not_an_sscc_is_refused(text: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        check_sscc(text)
    assert caught.value.code == "invalid_sscc"
