"""The shapes of numbers that name a person, and hiding them in what is said to people.

One place for the shapes: `geodata.personal` refuses them on the way in, and every error text is scrubbed
of them on the way out, whatever wrote it.

References
----------
GB 11643-1999, Citizen identification number: six digits of a region, eight of the date of birth, three of
a sequence, and a check character (ISO 7064, MOD 11-2).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

HIDDEN = "***"
CHILD_TABLES = ("applicants", "facts", "scores", "choices", "answers", "decisions", "dwellings")
"""The tables with rows about children or their homes."""

_GAP = r"[\s\-\x{2010}-\x{2015}]?"
# the year of birth in full, so that most numbers of 18 digits that merely count have not this shape
_ID18 = (
    f"[1-9](?:{_GAP}[0-9]){{5}}{_GAP}(?:1{_GAP}[89]|2{_GAP}0){_GAP}[0-9]{_GAP}[0-9]"
    f"{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2]){_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}[0-9]|3{_GAP}[01])"
    f"(?:{_GAP}[0-9]){{3}}{_GAP}[0-9Xx]"
)
_ID17X = f"[1-9](?:{_GAP}[0-9]){{16}}{_GAP}[Xx]"
# what a spreadsheet makes of one when it takes it for a number
_ID_FLOAT = r"[1-9]\.[0-9]{5,16}[Ee]\+?1[4-7]"
_MOBILE = f"(?:(?:\\+|00)?86{_GAP})?1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"
_LANDLINE = r"0[0-9]{2,3}-[0-9]{7,8}"
# the old form has no check character: a valid province, and a year of birth from 1930 on
_ID15 = (
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}"
    r"[3-9][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
)
_PERMIT = r"(?:[HMhm][0-9]{8}(?:[0-9]{2})?|[DEGKPSdegkps][0-9]{8}|[Ee][A-Za-z][0-9]{7})"


def _alone(core: str) -> str:
    """Return a pattern for RE2, which has no look-around: the number is no part of a longer one."""
    return f"(?:^|[^0-9.])(?:{core})(?:$|[^0-9])"


IDENTITY = _alone(f"{_ID18}|{_ID17X}|{_ID_FLOAT}")
"""RE2: an identity number of 18 characters, with gaps or none, or what a spreadsheet left of one."""
OLD_IDENTITY = _alone(_ID15)
"""RE2: an identity number of 15 digits."""
TELEPHONE = _alone(f"{_MOBILE}|{_LANDLINE}")
"""RE2: a mobile number of the mainland, or a landline with its area code."""
PERMIT = f"(?:^|[^0-9A-Za-z])(?:{_PERMIT})(?:$|[^0-9A-Za-z])"
"""RE2: a permit of Hong Kong or Macao, or a passport."""
DIGITS_ENOUGH = r"[0-9０-９](?:[\s\-－\x{2010}-\x{2015}\x{3000}]?[0-9０-９]){7}|[EeＥｅ][+＋]1"
"""RE2: a cell without this holds none of the numbers; cheap, and before widths are made plain."""


def _python(core: str) -> str:
    # Python's `re` writes code points otherwise; its digits here may be full-width
    return core.replace(r"\x{2010}-\x{2015}", "‐-―")


_WIDE = str.maketrans("０１２３４５６７８９ＸｘＥｅ＋－．　", "0123456789XxEe+-. ")
_SCRUB = re.compile(_python(f"(?<![0-9.])(?:{_ID18}|{_ID17X}|{_ID_FLOAT}|{_MOBILE})(?![0-9])"))
_SCRUB_MORE = re.compile(
    _python(f"(?<![0-9.])(?:{_LANDLINE}|{_ID15})(?![0-9])|(?<![0-9A-Za-z]){_PERMIT}(?![0-9A-Za-z])")
)


def scrub(text: str) -> str:
    """Return a text in which identity and mobile numbers are hidden.

    Examples
    --------
    >>> scrub("found '11010519491231002X'; call 138-0013-8000")
    "found '***'; call ***"
    >>> scrub("350203001001, row 12")
    '350203001001, row 12'
    """
    plain = text.translate(_WIDE)  # as long as the text, so that places are the same
    parts, end = [], 0
    for match in _SCRUB.finditer(plain):
        parts += [text[end : match.start()], HIDDEN]
        end = match.end()
    return "".join([*parts, text[end:]])


def holds_number_of_a_person(text: str) -> bool:
    """Whether a text holds a number such as persons have: identity, telephone, permit, passport.

    Examples
    --------
    >>> [holds_number_of_a_person(t) for t in ("H12345678", "０５９２-1234567", "B001", "2019-05-01")]
    [True, True, False, False]
    """
    plain = text.translate(_WIDE)
    return _SCRUB.search(plain) is not None or _SCRUB_MORE.search(plain) is not None


def check_character_is_right(numbers: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return whether the check character of identity numbers is right (GB 11643).

    Parameters
    ----------
    numbers : array of str, shape (n,)
        18 characters each, plain digits and a last digit or X; anything else is not right.

    Examples
    --------
    >>> check_character_is_right(["11010519491231002X", "110105194912310021", "B001"]).tolist()
    [True, False, False]
    """
    words = np.atleast_1d(np.asarray(numbers, dtype="U19"))
    codes = words.astype("U18").view(np.uint32).reshape(len(words), 18).astype(np.int64) - ord("0")
    shaped = (np.char.str_len(words) == 18) & ((codes[:, :17] >= 0) & (codes[:, :17] <= 9)).all(axis=1)
    weights = 2 ** np.arange(17, 0, -1) % 11
    remainder = (codes[:, :17] * weights).sum(axis=1) % 11
    wanted = np.array([ord(c) for c in "10X98765432"])[remainder] - ord("0")
    last = np.where(codes[:, 17] == ord("x") - ord("0"), ord("X") - ord("0"), codes[:, 17])
    return np.asarray(shaped & (last == wanted))
