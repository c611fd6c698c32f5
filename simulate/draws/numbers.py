"""The number of a child in draw *d* of an ensemble: a hash of (seed, d, label), whoever else takes part.

A run that is published has tickets (`simulate.tickets`); an ensemble has a thousand of them a child, and
nobody checks one by hand, so a quick mixer stands where HKDF stands there (design, point 5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from simulate.draws.kernels import NUMBER_BITS, mix

Words = npt.NDArray[np.uint64]


def hash_labels(labels: Sequence[str]) -> Words:
    """Return the hash of each label, shape (n,): BLAKE2b of its UTF-8, 8 bytes, little-endian.

    Parameters
    ----------
    labels : sequence of str, length n
        The twin group's id if there is one, else the applicant's number (`simulate.tickets.ticket_labels`).

    Examples
    --------
    >>> [f"{word:016x}" for word in hash_labels(["A0001"])]
    ['49b2ee0b275ac36a']
    """
    joined = b"".join(hashlib.blake2b(label.encode(), digest_size=8).digest() for label in labels)
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64)


def draw_keys(seed: str, draws: Iterable[int]) -> Words:
    """Return two words for each draw, shape (d, 2): BLAKE2b of "draw, space, seed", 16 bytes.

    Raises
    ------
    ValueError
        If a draw is negative.
    """
    numbers = list(draws)
    if any(draw < 0 for draw in numbers):
        raise ValueError(f"draw {min(numbers)}: draws are numbered from 0")
    joined = b"".join(
        hashlib.blake2b(f"{draw} {seed}".encode(), digest_size=16).digest() for draw in numbers
    )
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64).reshape(-1, 2)


def draw_numbers(labels: Words, *, seed: str, draw: int) -> Words:
    """Return the number of each child in one draw, shape (n,): smaller is drawn first.

    Parameters
    ----------
    labels : array of uint64, shape (n,)
        What `hash_labels` returns.
    seed : str
        The public seed.
    draw : int
        Which draw, from 0.

    Notes
    -----
    The first `NUMBER_BITS` bits of mix(mix(label ^ a) ^ b), where a and b are the words of the draw's key.
    What is alike goes by the child's position.

    Two given children are alike in 2^-36 of the draws. In a draw of n children about n²/2^37 pairs are
    (0.07 of 100,000 children, 7 of a million), and for each pair a fair coin is replaced by the order of
    positions: averaged over children, a frequency is off by at most about n/2^37 times the number of
    children whom a swap of two neighbours moves, below a millionth for 100,000 children. A thousand draws
    have a standard error of up to 0.016.
    """
    keys = draw_keys(seed, [draw])
    numbers: Words = mix(mix(labels ^ keys[:, 0]) ^ keys[:, 1]) >> np.uint64(64 - NUMBER_BITS)
    return numbers


def draw_ranks(labels: Words, *, seed: str, draw: int) -> npt.NDArray[np.int64]:
    """Return the place of each child's number in one draw, shape (n,): 0 is drawn first.

    This is a `Contest.ticket_rank`: any draw of an ensemble can be run alone, by any mechanism.

    Examples
    --------
    >>> draw_ranks(hash_labels(["A0001", "A0002", "A0003"]), seed="2025", draw=0).tolist()
    [2, 0, 1]
    """
    ranks = np.empty(len(labels), dtype=np.int64)
    ranks[np.argsort(draw_numbers(labels, seed=seed, draw=draw), kind="stable")] = np.arange(len(labels))
    return ranks
