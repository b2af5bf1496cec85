"""Content coding, ranges and entity tags as pure functions: the tables of RFC 9110."""

from __future__ import annotations

import pytest
from edgeweb_server.negotiate import byte_range, choose_coding, not_modified, precondition_failed, range_allowed

SIZES = {"identity": 100, "br": 20, "gzip": 30}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("br", "br"),
        ("BR", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("deflate, zstd", "identity"),
        ("identity", "identity"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br ; q=0.5 , gzip ; q=0.4", "br"),
        ("gzip;Q=1.000", "gzip"),
        ("br;q=0", "identity"),
        ("br;q=0.0, gzip;q=0.001", "gzip"),
        ("br;q=0.5, identity;q=1", "identity"),
        ("br;q=0.5, identity", "identity"),
        ("br, identity", "br"),
        ("*", "br"),
        ("*;q=0.5, gzip", "gzip"),
        ("*, br;q=0", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0, identity", "identity"),
        ("br;q=nan", "identity"),
        ("br;q=2, gzip", "gzip"),
        ("br;q=-1", "identity"),
        ("br;level=3", "identity"),
        (",,;;,br", "br"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("identity;q=0, zstd", None),
        ("identity;q=0, gzip;q=0.1", "gzip"),
    ],
)
def test_coding(accept: str | None, expected: str | None) -> None:
    assert choose_coding(accept, SIZES) == expected


def test_coding_only_among_the_stored() -> None:
    assert choose_coding("br, gzip", {"identity": 5}) == "identity"
    assert choose_coding("br, gzip", {"identity": 5, "gzip": 4}) == "gzip"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-99", range(0, 100)),
        ("bytes=0-0", range(0, 1)),
        ("bytes=10-", range(10, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(0, 100)),
        ("bytes=99-", range(99, 100)),
        ("bytes=50-1000", range(50, 100)),
        ("Bytes=1-2", range(1, 3)),
        ("bytes= 1-2 ", range(1, 3)),
        ("bytes=007-0010", range(7, 11)),
        ("bytes=0-" + "9" * 5000, range(0, 100)),
        ("bytes=-" + "9" * 5000, range(0, 100)),
    ],
)
def test_range(value: str, expected: range) -> None:
    assert byte_range(value, 100) == expected


@pytest.mark.parametrize("value", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=" + "9" * 5000 + "-"])
def test_unsatisfiable_range(value: str) -> None:
    found = byte_range(value, 100)
    assert found is not None
    assert len(found) == 0


@pytest.mark.parametrize("value", ["bytes=0-0", "bytes=0-", "bytes=-1"])
def test_nothing_of_an_empty_file_is_satisfiable(value: str) -> None:
    found = byte_range(value, 0)
    assert found is not None
    assert len(found) == 0


@pytest.mark.parametrize(
    "value",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=200-150", "bytes=0-1,3-4", "bytes=0-1,"),
        *("bytes=,0-1", "bytes=a-b", "bytes=1-2-3", "bytes=+1-2", "bytes=1_0-20", "items=0-1"),
        *("bytes=\u0661-\u0662", "bytes 0-1", "0-1"),
    ],
)
def test_ignored_range(value: str) -> None:
    assert byte_range(value, 100) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, False),
        ("*", True),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", W/"a"', True),
        ('"b","c"', False),
        ('"ab"', False),
        ("a", False),
        ("", False),
    ],
)
def test_not_modified(sent: str | None, expected: bool) -> None:
    assert not_modified(sent, '"a"') is expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(None, True), ('"a"', True), ('W/"a"', False), ('"b"', False), ("Wed, 21 Oct 2015 07:28:00 GMT", False)],
)
def test_if_range_compares_strongly(sent: str | None, expected: bool) -> None:
    assert range_allowed(sent, '"a"') is expected


@pytest.mark.parametrize("date", ["Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "yesterday"])
def test_a_file_from_beyond_the_last_year(date: str) -> None:
    expected = date != "yesterday"
    assert precondition_failed(None, date, '"a"', 253_500_000_000_000) is expected
    assert precondition_failed(None, date, '"a"', -253_500_000_000_000) is False
