"""Tickets again (随机号): HKDF-SHA-256 written from RFC 5869, one child after the other."""

from __future__ import annotations

import hashlib
import hmac

LENGTH = 32


def extract(salt: bytes, material: bytes) -> bytes:
    """Return the pseudorandom key of RFC 5869, 2.2; no salt is as many zeros as a hash has bytes."""
    return hmac.new(salt if salt else b"\0" * 32, material, hashlib.sha256).digest()


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes for a context, RFC 5869, 2.3: T(i) = HMAC(key, T(i - 1) | info | i)."""
    whole, last, number = b"", b"", 0
    while len(whole) < length:
        number += 1
        last = hmac.new(key, last + info + bytes([number]), hashlib.sha256).digest()
        whole += last
    return whole[:length]


def ticket_of(label: str, *, seed: str, secret: str) -> bytes:
    """Return the ticket of a label: the twin group's id if there is one, else the applicant's number.

    Examples
    --------
    >>> ticket_of("c1", seed="town", secret="").hex()[:8]
    'a06fea5a'
    """
    return expand(extract(secret.encode("utf-8"), seed.encode("utf-8")), label.encode("utf-8"), LENGTH)
