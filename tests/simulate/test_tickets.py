"""Tickets: RFC 5869, keyed by the child alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError
from simulate.tickets import hkdf_sha256, ticket_labels, ticket_ranks, tickets_of

labels = st.lists(st.text(min_size=1, max_size=12), unique=True, min_size=1, max_size=30)


def test_the_first_test_case_of_rfc_5869() -> None:
    # RFC 5869, appendix A.1
    okm = hkdf_sha256(
        bytes.fromhex("0b" * 22),
        salt=bytes.fromhex("000102030405060708090a0b0c"),
        info=bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        length=42,
    )
    assert okm.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_the_third_test_case_of_rfc_5869_has_no_salt_and_no_info() -> None:
    okm = hkdf_sha256(bytes.fromhex("0b" * 22), salt=b"", info=b"", length=42)
    assert okm.hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_a_length_outside_the_standard_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 8160"):
        hkdf_sha256(b"", salt=b"", info=b"", length=0)


@given(labels, st.text(max_size=20), st.text(max_size=90))
def test_a_ticket_is_the_hkdf_of_seed_secret_and_label(names: list[str], seed: str, secret: str) -> None:
    tickets = tickets_of(names, seed=seed, secret=secret)
    for ticket, name in zip(tickets, names, strict=True):
        expected = hkdf_sha256(seed.encode(), salt=secret.encode(), info=name.encode(), length=32)
        assert ticket.tobytes() == expected


@given(labels, st.data())
def test_removing_a_child_changes_nobody_elses_ticket(names: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(names) - 1))
    rest = names[:gone] + names[gone + 1 :]
    before = np.delete(tickets_of(names, seed="s"), gone, axis=0)
    assert (tickets_of(rest, seed="s") == before).all() if rest else True


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20))
def test_tickets_are_ranked_as_bytes_and_equal_ones_by_number(raw: list[bytes]) -> None:
    tickets = np.frombuffer(b"".join(raw), dtype=np.uint8).reshape(-1, 32)
    ranks = ticket_ranks(tickets, np.array([f"{i:03d}" for i in range(len(raw))], dtype=object))
    assert sorted(range(len(raw)), key=lambda i: (raw[i], i)) == np.argsort(ranks).tolist()


def test_twins_share_the_ticket_of_their_group() -> None:
    names = ticket_labels(np.array(["a", "b", "c"], object), np.array(["T", "T", None], object))
    assert names.tolist() == ["T", "T", "c"]


def test_a_twin_group_named_like_an_applicant_is_refused() -> None:
    with pytest.raises(DataError, match="no applicant's number"):
        ticket_labels(np.array(["a", "b"], object), np.array(["b", None], object))
