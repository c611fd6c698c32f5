"""Tickets (随机号): a number for each child that anyone can recompute from the public seed.

Design, point 5: HKDF-SHA-256 (RFC 5869) with IKM = the public seed as UTF-8, salt = the revealed secret
or empty, info = the ticket label, 32 bytes. Removing a child changes nobody else's ticket.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from geodata.errors import DataError, Fault
from geodata.messages import say

TICKET_BYTES = 32


def hkdf_sha256(ikm: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """Derive bytes by HKDF with SHA-256.

    Parameters
    ----------
    ikm, salt, info : bytes
        Input keying material, salt (may be empty), context.
    length : int
        Bytes wanted, 1 to 8,160.

    References
    ----------
    Krawczyk, H. and Eronen, P. (2010). RFC 5869, sections 2.2 and 2.3.
    """
    if not 1 <= length <= 255 * 32:
        raise ValueError(f"length is {length}: 1 to 8160 bytes are allowed")
    prk = hmac.digest(salt or bytes(32), ikm, "sha256")
    block, out = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        out += block
    return out[:length]


def tickets_of(labels: Sequence[str], *, seed: str, secret: str = "") -> npt.NDArray[np.uint8]:
    """Return the ticket of each label.

    Parameters
    ----------
    labels : sequence of str, length n
        The twin group's id if there is one, else the applicant's number.
    seed : str
        The public seed.
    secret : str
        The secret revealed after the draw, or "".

    Returns
    -------
    array of uint8, shape (n, 32)
        To be compared as bytes, from the left.

    Notes
    -----
    One 32-byte block is one HMAC over `label + 0x01`; the key's two hash states are made once and
    copied, which is the same computation as `hkdf_sha256` and is tested against it.
    """
    prk = hmac.digest(secret.encode() or bytes(32), seed.encode(), "sha256")
    padded = prk.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))

    def ticket(label: str) -> bytes:
        message = inner.copy()
        message.update(label.encode() + b"\x01")
        seal = outer.copy()
        seal.update(message.digest())
        return seal.digest()

    # hashlib works one message at a time: the only loop over children, about 1.5 µs each
    joined = b"".join(map(ticket, labels))
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, TICKET_BYTES)


def ticket_ranks(tickets: npt.NDArray[np.uint8], labels: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    """Return the place of each ticket, shape (n,): 0 is drawn first.

    Tickets are compared as bytes; equal ones (twins) by their position, which is that of the
    applicants' numbers in order.
    """
    words = np.ascontiguousarray(tickets).view(">u8").astype(np.uint64)
    order = np.lexsort((np.arange(len(labels)), words[:, 3], words[:, 2], words[:, 1], words[:, 0]))
    ranks = np.empty(len(labels), dtype=np.int64)
    ranks[order] = np.arange(len(labels))
    return ranks


def ticket_labels(
    applicant_id: npt.NDArray[np.object_], twin_group: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    """Return the label of each child: the twin group where there is one, else the applicant's number.

    Raises
    ------
    DataError
        If a twin group has the same text as an applicant's number: two labels would be alike.
    """
    twins = np.array([isinstance(group, str) for group in twin_group], dtype=bool)
    alike = sorted(set(twin_group[twins]) & set(applicant_id))
    if alike:
        raise DataError(
            Fault(
                file="applicants",
                column="twin_group",
                found=str(label),
                allowed=say("a text that is no applicant's number"),
                remedy=say("rename the twin group"),
            )
            for label in alike
        )
    return np.where(twins, twin_group, applicant_id)
