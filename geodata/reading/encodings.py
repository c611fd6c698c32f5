"""Decide how the bytes of a text are to be read, and read them; never a guess that is not told.

The GBK bytes of 学校, 学位 and 小学 are valid UTF-8 ("ѧУ"), so that "try UTF-8 first" misreads this very
domain. What helps: Chinese text in UTF-8 takes three bytes a character, and GBK that passes for UTF-8 two.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.reading.raw import Encoded
from geodata.toml import not_decodable

_MARKS = (
    # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# every GBK text is GB18030, which holds the rare characters of names as well
_FORCED = {"utf-8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030"}
_CODE_PAGES = {"936": "gb18030", "54936": "gb18030", "65001": "utf-8", "950": "big5", "88591": "iso8859-1"}
# codecs of Python that are for no file of text, though they make text
_NO_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7")

_ASCII = bytes(range(0x80))
_TWO_BYTE_LEADS = bytes(range(0xC2, 0xE0))
# U+4000 to U+9FFF and what takes four bytes; E3 and EF lead punctuation too, which is no sign of Chinese
_CJK_LEADS = bytes([*range(0xE4, 0xEA), *range(0xF0, 0xF5)])
_LATIN = rb"[\xc3-\xc9][\x80-\xbf]"
_ONE_LATIN = re.compile(
    rb"(?<=[A-Za-z])" + _LATIN + rb"(?![\x80-\xff])|(?<![\x80-\xff])" + _LATIN + rb"(?=[A-Za-z])"
)
PLAUSIBLE_SHARE = 0.5
"""Least share of everyday characters in a GB18030 text; lists of schools have 0.9, other encodings 0.4."""
_ALPHABETS = tuple(
    re.compile(f"[{letters}]")
    for letters in (
        "\u0386-\u03ce",
        # without those of Church Slavonic
        "\u0400-\u045f\u048a-\u04ff",
        "\u0531-\u0556\u0561-\u0587",
        "\u05d0-\u05ea",
    )
)
_NEARLY_ALL = 0.95
_CHUNK = 1 << 22
# what stays of characters that an earlier program could not read; the second is that, taken for GBK
_BROKEN = ("\ufffd", "锟斤拷")


def decide(
    data: bytes, *, declared: str = "auto", cpg: str | None = None, file: str = "", headings: bytes = b""
) -> Encoded:
    """Decide how bytes are to be decoded.

    Parameters
    ----------
    data : bytes
        The text as it stands in the file; of a .dbf the names and cells alone, joined by line feeds.
    declared : {"auto", "utf-8", "gb18030", "gbk"}
        What xuequ.toml says; it forces.
    cpg : str, optional
        What the .cpg file beside a shapefile says; one that names no encoding is as good as none.
    file : str
        The name that a fault shows.
    headings : bytes
        The names of columns alone, where they are known: a fault may show them, and never a cell.

    Returns
    -------
    Encoded
        Without a sample: `with_sample` adds it. `doubtful` where the bytes allow two readings.

    Raises
    ------
    DataError
        If a mark contradicts what is declared, the bytes contradict the .cpg, or they are neither UTF-8 nor
        everyday GB18030.

    Notes
    -----
    A byte-order mark, then what is declared, then the .cpg, then the bytes. A .cpg is often wrong, so that
    the bytes are asked too: Chinese in UTF-8 under any other name is a fault, and so is everyday GB18030
    under the name of an alphabet (ISO-8859-1, which programs write without meaning it). The bytes:

    1. What is no UTF-8 is GB18030, if that decodes it and at least half of its characters beyond ASCII are
       everyday ones (the 3,755 of GB 2312's first level, and its punctuation).
    2. What is UTF-8 stays UTF-8, unless it has more characters of two bytes (U+0080 to U+07FF) than Chinese
       ones. Then it is GB18030, except where that fails, or reads rare characters, or most of those
       characters stand alone beside a Latin letter ("École"), or nearly all are letters of one alphabet
       (Greek, Cyrillic, Armenian, Hebrew), most of them in words of three or more. Either way it is
       doubtful.

    Examples
    --------
    >>> decide("学校".encode("gbk")).name, decide("学校".encode()).name, decide("École".encode()).name
    ('gb18030', 'utf-8', 'utf-8')
    """
    mark = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if mark is not None:
        if declared != "auto" and _FORCED[declared] != mark:
            raise DataError([_mark_contradicts(file, mark, declared)])
        return Encoded(name=mark, by="mark", sample="")
    if declared != "auto":
        return Encoded(name=_FORCED[declared], by="declared", sample="")
    named = None if cpg is None else _codec_of(cpg)
    if named is not None:
        other, unsure = _other_reading(data, named)
        if other is not None and not unsure:
            raise DataError([_two_readings(file, named, other, headings)])
        return Encoded(name=named, by="cpg", sample="", doubtful=unsure)
    name, doubtful = _by_content(data, file)
    return Encoded(name=name, by="content", sample="", doubtful=doubtful)


def to_utf8(data: bytes, encoded: Encoded, *, file: str) -> bytes:
    """Return bytes as UTF-8 without a mark; piece by piece, so that a large file takes no room for a text.

    Raises
    ------
    DataError
        If the bytes are not of that encoding, hold a NUL, or hold what an earlier program left of
        characters that it could not read; with the line.
    """
    reader = codecs.getincrementaldecoder(encoded.name)()
    pieces = []
    for start in range(0, len(data), _CHUNK):
        try:
            piece = reader.decode(data[start : start + _CHUNK], start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, start) + error.object.count(b"\n", 0, error.start) + 1
            raise DataError([not_decodable(file, encoded.name, line)]) from error
        if encoded.name != "utf-8":
            pieces.append(piece.encode("utf-8"))
    text = data if encoded.name == "utf-8" else b"".join(pieces)
    text = text.removeprefix(codecs.BOM_UTF8)
    for sign in _BROKEN:
        place = text.find(sign.encode("utf-8"))
        if place >= 0:
            raise DataError([_was_broken(file, text.count(b"\n", 0, place) + 1, sign)])
    place = text.find(b"\0")
    if place >= 0:
        raise DataError([_has_nul(file, text.count(b"\n", 0, place) + 1)])
    return text


def with_sample(encoded: Encoded, headings: Iterable[str]) -> Encoded:
    """Return it with the first heading that is not all ASCII as its sample; "" if there is none.

    Examples
    --------
    >>> with_sample(decide("id,学校".encode()), ["id", "学校"]).sample
    '学校'
    """
    return replace(encoded, sample=next((name for name in headings if not name.isascii()), ""))


def doubt_of(file: str, encoded: Encoded) -> tuple[Text, ...]:
    """Return the note of a decision that could have gone the other way."""
    if not encoded.doubtful:
        return ()
    note = say(
        "{file}: read as {encoding}, though its bytes could be {other} too; look at a name in it, and if "
        'it is wrong write encoding = "{other}" in xuequ.toml',
        file=file,
        encoding=encoded.name,
        other="utf-8" if encoded.name == "gb18030" else "gb18030",
    )
    return (note,)


def _by_content(data: bytes, file: str) -> tuple[str, bool]:
    beyond = data.translate(None, _ASCII)
    if not beyond:
        return "utf-8", False
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError as error:
        share = _everyday_share(data)
        if share is None or share < PLAUSIBLE_SHARE:
            raise DataError([_neither(file, data.count(b"\n", 0, error.start) + 1)]) from error
        return "gb18030", False
    two = _count(beyond, _TWO_BYTE_LEADS)
    if two <= _count(beyond, _CJK_LEADS):
        return "utf-8", False
    share = _everyday_share(data)
    if share is None or share < PLAUSIBLE_SHARE:
        return "utf-8", share is not None
    latin = sum(1 for _ in _ONE_LATIN.finditer(data))
    is_utf_8 = 2 * latin > two or _is_of_an_alphabet(data, two)
    return ("utf-8" if is_utf_8 else "gb18030"), True


def _is_of_an_alphabet(data: bytes, two: int) -> bool:
    """Whether nearly all of a text's characters of two bytes are of one alphabet, and make words.

    What is GBK and passes for UTF-8 mixes alphabets, or has letters that no language writes today (ѧ).
    """
    text = data.decode("utf-8")
    for letters in _ALPHABETS:
        if sum(1 for _ in letters.finditer(text)) >= _NEARLY_ALL * two:
            words = re.findall(f"(?:{letters.pattern}){{3,}}", text)
            return 2 * sum(map(len, words)) >= two
    return False


def _other_reading(data: bytes, named: str) -> tuple[str | None, bool]:
    """Return what the bytes seem to be, where it is not what is named, and whether that is unsure."""
    if data.isascii() or named == "utf-8":
        return None, False
    try:
        content, doubtful = _by_content(data, "")
    except DataError:
        return None, False
    if doubtful or content == named:
        return None, False
    # GB18030 and Big5 share too many bytes to be sure
    return content, content != "utf-8" and not _is_single_byte(named)


def _is_single_byte(codec: str) -> bool:
    try:
        return len(bytes(range(0x80, 0x100)).decode(codec, "replace")) == 0x80
    except (LookupError, ValueError):
        return False


def _count(data: bytes, these: bytes) -> int:
    return len(data) - len(data.translate(None, these))


def _everyday_share(data: bytes) -> float | None:
    """Return the share of everyday characters of a GB18030 text beyond ASCII; None if it is none."""
    everyday = beyond = 0
    reader = codecs.getincrementaldecoder("gb18030")()
    try:
        for start in range(0, len(data), _CHUNK):
            text = reader.decode(data[start : start + _CHUNK], start + _CHUNK >= len(data))
            points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
            points = points[points > 0x7F]
            beyond += len(points)
            everyday += int(_everyday()[points].sum())
    except UnicodeDecodeError:
        return None
    return everyday / beyond if beyond else 1.0


@cache
def _everyday() -> npt.NDArray[np.bool_]:
    """Return for each code point whether GB 2312 has it as a sign, digit, letter or first-level hanzi."""
    is_everyday = np.zeros(0x110000, dtype=bool)
    for lead in (0xA1, 0xA3, *range(0xB0, 0xD8)):
        row = bytes(byte for trail in range(0xA1, 0xFF) for byte in (lead, trail))
        is_everyday[[ord(character) for character in row.decode("gb2312", "ignore")]] = True
    return is_everyday


def _codec_of(cpg: str) -> str | None:
    name = cpg.strip().strip("\0").lower()
    digits = re.sub(r"[^0-9]", "", name)
    for code, codec in _CODE_PAGES.items():
        if digits == code:
            return codec
    if digits and re.fullmatch(r"(ansi|cp|windows|oem)?[ _-]*[0-9]{3,5}", name):
        name = f"cp{digits}"
    try:
        "".encode(name)  # some codecs are for no text, such as hex
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if codec in _NO_FILES:
        return None
    return "gb18030" if codec in ("gbk", "gb2312", "gb18030", "hz") else codec


def _mark_contradicts(file: str, mark: str, declared: str) -> Fault:
    return Fault(
        file=file,
        row=1,
        allowed=say(
            "the file begins with the mark of {mark}, and {declared} is declared",
            mark=mark,
            declared=declared,
        ),
        remedy=say("remove encoding from xuequ.toml: the mark says how the file is to be read"),
    )


def _two_readings(file: str, named: str, other: str, headings: bytes) -> Fault:
    shown = [name for name in headings.split(b"\n") if not name.isascii()][:1]
    return Fault(
        file=file,
        found=" / ".join(name.decode(codec, "replace") for name in shown for codec in (named, other))
        or None,
        allowed=say(
            "text in {named}, as its .cpg (or its header) says; its bytes are {other}",
            named=named,
            other=other,
        ),
        remedy=say(
            'write encoding = "{other}" for it in xuequ.toml, or correct the .cpg; look at a name in it '
            "after that",
            other=other,
        ),
    )


def _neither(file: str, line: int) -> Fault:
    return Fault(
        file=file,
        row=line,
        allowed=say("text in UTF-8 or GB18030; these bytes are neither"),
        remedy=say(
            'save the file as UTF-8; if it is GB18030 with rare characters, declare encoding = "gb18030" '
            "for it in xuequ.toml"
        ),
    )


def _was_broken(file: str, line: int, sign: str) -> Fault:
    return Fault(
        file=file,
        row=line,
        found=sign,
        allowed=say("characters; this is what a program left of some that it could not read"),
        remedy=say("go back to the file before it was saved so; what is lost cannot be read again"),
    )


def _has_nul(file: str, line: int) -> Fault:
    return Fault(
        file=file,
        row=line,
        allowed=say("text; there is a NUL byte, as in a broken file, or UTF-16 without its mark"),
        remedy=say("save the file as UTF-8"),
    )
