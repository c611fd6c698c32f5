"""Find names in addresses: estates, communities and schools, by exact text; near names only as suggestions.

1. Names and addresses are made plain: NFKC (full-width letters and digits become narrow), no white space,
   Latin letters small.
2. A name that stands anywhere in an address is an occurrence. All names are walked at once, as a tree of
   characters, from every character of every address.
3. An occurrence counts where it stands by itself: before it the address begins, or a larger place ends
   (市区县镇街道乡村社区路街巷里…), or a number; after it the address ends, or a house number, a building or
   a phase begins. `东方花园` is not found in `新东方花园3号`, nor `东方` in `东方明珠3号`, nor `中山` in
   `中山3路5号`: that number is of a road. A phase or a part (`翠园二期`, `翠园西区`) is told, for it may
   be another's.
4. Of two occurrences the longer counts where one lies within the other.
5. A name that several places have counts for that in the street which the address names. Without a street
   it counts for all of them: the address is matched more than once, and which is meant is not guessed.
6. Near names (`rapidfuzz`) come with a score of 0-100. They are suggestions, never matches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.scope.names import AFTER_NUMBER, NAME_AFTER, NAME_BEFORE, NAME_PARTS, PHASE

Codes = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]

_CODE_BITS = np.int64(21)  # a code point of Unicode needs 21 bits
_BREAK = 0x0A
LONGEST_NAME = 60
LEAST_SCORE = 70.0
_MOST_COMMON_SHARE = 0.02
_MOST_SCORED = 12
_BLOCK = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTree:
    """Plain names as a tree of characters, level by level.

    Parameters
    ----------
    steps : tuple of array of int64, sorted
        For each depth, parent node x 2^21 + code point of each step; its place is the node reached.
    ends : tuple of array of int64
        For each depth and node, the number of the plain name that ends there, or -1.
    """

    steps: tuple[Numbers, ...]
    ends: tuple[Numbers, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameIndex:
    """Names, ready to be looked for.

    Parameters
    ----------
    entries : DataFrame, shape (n,)
        id, name, street (plain, "" = not known), plain; in the order of plain name and id.
    plain : array of str, shape (m,)
        The distinct plain names, sorted.
    first : array of int, shape (m + 1,)
        Where the entries of each plain name begin.
    tree : NameTree
    """

    entries: pd.DataFrame
    plain: npt.NDArray[np.object_]
    first: Numbers
    tree: NameTree


def plain_text(texts: pd.Series) -> pd.Series:
    """Return texts with narrow letters and digits, without white space; a blank is "".

    Examples
    --------
    >>> plain_text(pd.Series(["翠园　Ａ座 １２号", None])).tolist()
    ['翠园a座12号', '']
    """
    return (
        texts.astype("str")
        .fillna("")
        .str.normalize("NFKC")
        .str.replace(r"\s+", "", regex=True)
        .str.lower()
        .astype("str")
    )


def name_index(ids: pd.Series, names: pd.Series, streets: pd.Series | None = None) -> NameIndex:
    """Make an index of names.

    Parameters
    ----------
    ids : Series of str, shape (n,)
        What each name stands for; one id may have several names, and one name several ids.
    names : Series of str, shape (n,)
        A blank name, one of a single character (it would be found everywhere) and one of more than
        `LONGEST_NAME` characters (a description; it stands in no address) are left out.
    streets : Series of str, shape (n,), optional
        The street of each, for names that repeat; blank = not known.

    Returns
    -------
    NameIndex
    """
    known = pd.Series("", index=names.index) if streets is None else streets
    entries = pd.DataFrame(
        {
            "id": ids.to_numpy(dtype=object),
            "name": names.to_numpy(dtype=object),
            "street": plain_street(known).to_numpy(dtype=object),
            "plain": plain_text(names).to_numpy(dtype=object),
        }
    )
    length = entries["plain"].str.len()
    entries = entries[(length > 1) & (length <= LONGEST_NAME)].drop_duplicates(["plain", "id", "street"])
    entries = entries.sort_values(["plain", "id", "street"]).reset_index(drop=True)
    plain, first = np.unique(entries["plain"].to_numpy(dtype=str), return_index=True)
    return NameIndex(
        entries=entries,
        plain=plain.astype(object),
        first=np.append(first, len(entries)).astype(np.int64),
        tree=_tree(plain),
    )


def plain_street(streets: pd.Series) -> pd.Series:
    """Return the names of streets without the ending 街道, 街, 镇 or 乡, by which they are compared.

    Examples
    --------
    >>> plain_street(pd.Series(["西村街道", "西村街", "海沧镇", None])).tolist()
    ['西村', '西村', '海沧', '']
    """
    return plain_text(streets).str.replace(r"(?<=.)(?:街道办事处|街道|街|镇|乡)$", "", regex=True)


def _tree(names: npt.NDArray[np.str_]) -> NameTree:
    """Build the tree of distinct names, all of one depth at a time."""
    length = np.char.str_len(names).astype(np.int64) if len(names) else np.empty(0, np.int64)
    width = int(length.max(initial=0))
    cells = max(width, 1)
    codes = names.astype(f"U{cells}").view(np.uint32).reshape(len(names), cells).astype(np.int64)
    node = np.zeros(len(names), dtype=np.int64)
    steps, ends = [], []
    for depth in range(width):
        there = np.flatnonzero(length > depth)
        step, reached = np.unique((node[there] << _CODE_BITS) | codes[there, depth], return_inverse=True)
        node[there] = reached
        end = np.full(len(step), -1, dtype=np.int64)
        last = there[length[there] == depth + 1]
        end[node[last]] = last
        steps.append(step)
        ends.append(end)
    return NameTree(steps=tuple(steps), ends=tuple(ends))


def find_names(index: NameIndex, texts: pd.Series, streets: pd.Series | None = None) -> pd.DataFrame:
    """Find the names that stand in texts by themselves.

    Parameters
    ----------
    index : NameIndex
    texts : Series of str, shape (n,)
        Addresses.
    streets : Series of str, shape (n,), optional
        The street that each address names; blank = none. A name of another street is not meant.

    Returns
    -------
    DataFrame
        A row for each text and id: row (position of the text), id, name, whole (whether the text is the
        name and no more), phase (the part of it that the text says, such as 二期; "" = none); by row, then
        id. A text with several ids is matched more than once.
    """
    plain = plain_text(texts)
    codes, starts = _codes(plain)
    at, name, length = _walk(index.tree, codes)
    keep = _by_itself(codes, at, length)
    at, name, length = _longest(at[keep], name[keep], length[keep])
    row = np.searchsorted(starts, at, side="right") - 1
    phase = _phases(plain, row, at + length - starts[row])
    count = index.first[name + 1] - index.first[name]
    entry = np.repeat(index.first[name] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    row, length, phase = np.repeat(row, count), np.repeat(length, count), np.repeat(phase, count)
    found = index.entries.loc[entry, ["id", "name", "street"]].reset_index(drop=True)
    found.insert(0, "row", row)
    found["whole"] = length == plain.str.len().to_numpy()[row]
    found["phase"] = phase
    if streets is not None:
        said = plain_street(streets).to_numpy(dtype=object)[row]
        found = found[(said == "") | (found["street"] == "") | (found["street"] == said)]
    order = {"row": True, "id": True, "whole": False, "phase": True, "name": True}
    found = found.sort_values(list(order), ascending=list(order.values()))
    found = found.drop_duplicates(["row", "id"]).reset_index(drop=True)
    return found[["row", "id", "name", "whole", "phase"]]


def _phases(plain: pd.Series, row: Numbers, end: Numbers) -> npt.NDArray[np.object_]:
    """Return the phase or part that stands right behind each occurrence; "" = none."""
    texts = plain.to_numpy(dtype=object)
    behind = [text[place : place + 8] for text, place in zip(texts[row], end, strict=True)]
    found = pd.Series(behind, dtype="str").str.extract(rf"^[(·-]?({PHASE})", expand=False)
    return np.asarray(found.fillna("").to_numpy(dtype=object), dtype=np.object_)


def _codes(plain: pd.Series) -> tuple[Codes, Numbers]:
    """Return all texts as code points, a break before, between and after, and where each begins."""
    joined = "\n" + "\n".join(plain) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    length = plain.str.len().to_numpy(dtype=np.int64)
    return codes, np.cumsum(np.append(0, length + 1))[:-1].astype(np.int64) + 1


def _walk(tree: NameTree, codes: Codes) -> tuple[Numbers, Numbers, Numbers]:
    """Walk down the tree from every character; return start, name and length of each occurrence."""
    at = np.arange(len(codes), dtype=np.int64)
    node = np.zeros(len(codes), dtype=np.int64)
    found: list[tuple[Numbers, Numbers, Numbers]] = []
    for depth, (step, end) in enumerate(zip(tree.steps, tree.ends, strict=True)):
        inside = at + depth < len(codes)
        at, node = at[inside], node[inside]
        key = (node << _CODE_BITS) | codes[at + depth].astype(np.int64)
        place = np.searchsorted(step, key)
        alive = step[np.minimum(place, len(step) - 1)] == key
        at, node = at[alive], place[alive]
        ending = end[node] >= 0
        found.append((at[ending], end[node[ending]], np.full(int(ending.sum()), depth + 1)))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    at, name, length = (np.concatenate(part) for part in zip(*found, strict=True))
    return at, name, length


def _by_itself(codes: Codes, at: Numbers, length: Numbers) -> npt.NDArray[np.bool_]:
    """Whether what stands before and after an occurrence lets it be a name of its own."""
    before = np.isin(codes[at - 1], _points(NAME_BEFORE))
    end = at + length
    # 中山3路: the number is of a road
    past = _past_number(codes)[end]
    of_road = (past > end) & np.isin(codes[past], _points(AFTER_NUMBER))
    after = np.isin(codes[end], _points(NAME_AFTER)) & ~of_road
    next_two = codes[end].astype(np.int64) << _CODE_BITS | codes[np.minimum(end + 1, len(codes) - 1)]
    pairs = np.array([ord(part[0]) << int(_CODE_BITS) | ord(part[1]) for part in NAME_PARTS])
    return np.asarray(before & (after | np.isin(next_two, pairs)), dtype=np.bool_)


def _past_number(codes: Codes) -> Numbers:
    """Return for each place the next one that has no digit; a letter may stand before the digits."""
    place = np.arange(len(codes), dtype=np.int64)
    is_digit = (codes >= ord("0")) & (codes <= ord("9"))
    past = np.where(is_digit, len(codes) - 1, place)
    past = np.minimum.accumulate(past[::-1])[::-1]
    a_letter = (codes >= ord("a")) & (codes <= ord("z"))
    follows = np.append(is_digit[1:], False)
    return np.where(a_letter & follows, np.append(past[1:], len(codes) - 1), past).astype(np.int64)


def _points(characters: str) -> Codes:
    return np.frombuffer(characters.encode("utf-32-le"), dtype=np.uint32)


def _longest(at: Numbers, name: Numbers, length: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Leave out each occurrence that lies within another one."""
    order = np.lexsort((-length, at))
    at, name, length = at[order], name[order], length[order]
    reach = np.maximum.accumulate(np.append(0, (at + length)[:-1])) if len(at) else at
    keep = at + length > reach
    return at[keep], name[keep], length[keep]


def suggest_names(index: NameIndex, texts: pd.Series, *, most: int = 3) -> pd.DataFrame:
    """Suggest names that are near to texts; for people to look at, never to be taken silently.

    Parameters
    ----------
    index : NameIndex
    texts : Series of str, shape (n,)
        Addresses in which no name was found.
    most : int
        How many suggestions for each text.

    Returns
    -------
    DataFrame
        row, name (plain), score (`LEAST_SCORE` to 100: how alike the name is to the part of the text that
        is most like it); by row, then from the best score on, then by name.

    Notes
    -----
    Only names are scored that share two neighbouring characters with the text, not counting pairs which
    more than one name in fifty has (花园, 小区), and of these the `_MOST_SCORED` that share most: scoring
    every pair of 100,000 x 20,000 takes an hour.
    """
    plain = plain_text(texts)
    # in blocks, so that the pairs of texts and names stay small in memory
    blocks = [
        _suggested(index, plain.iloc[start : start + _BLOCK], start, most)
        for start in range(0, max(len(plain), 1), _BLOCK)
    ]
    return pd.concat(blocks, ignore_index=True)


def _suggested(index: NameIndex, plain: pd.Series, start: int, most: int) -> pd.DataFrame:
    from rapidfuzz import fuzz, process

    words, names = plain.to_numpy(dtype=object), index.plain
    row, name = _sharing(plain, names)
    scores = process.cpdist(names[name], words[row], scorer=fuzz.partial_ratio, score_cutoff=LEAST_SCORE)
    found = pd.DataFrame(
        {"row": start + row, "name": names[name], "score": np.asarray(scores, dtype=np.float64).round(1)}
    )
    found = found[found["score"] >= LEAST_SCORE]
    found = found.sort_values(["row", "score", "name"], ascending=[True, False, True])
    return found[found.groupby("row").cumcount() < most].reset_index(drop=True)


def _sharing(texts: pd.Series, names: npt.NDArray[np.object_]) -> tuple[Numbers, Numbers]:
    """Return pairs of text and name with a pair of neighbouring characters in common, a rare one."""
    text, of_text = _pairs(texts)
    name, of_name = _pairs(pd.Series(names, dtype="str"))
    kinds, inverse, counts = np.unique(of_name, return_inverse=True, return_counts=True)
    rare = counts <= max(20, int(_MOST_COMMON_SHARE * len(names)))
    name, inverse = name[rare[inverse]], inverse[rare[inverse]]
    order = np.argsort(inverse, kind="stable")
    name, inverse = name[order], inverse[order]
    low = np.searchsorted(inverse, np.arange(len(kinds)))
    high = np.searchsorted(inverse, np.arange(len(kinds)), side="right")
    place = np.searchsorted(kinds, of_text)
    hit = kinds[np.minimum(place, len(kinds) - 1)] == of_text if len(kinds) else np.zeros(len(place), bool)
    text, place = text[hit], place[hit]
    count = high[place] - low[place]
    which = np.repeat(low[place] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    both = np.sort(np.repeat(text, count) * np.int64(len(names) + 1) + name[which])
    new = np.flatnonzero(np.append(True, both[1:] != both[:-1])[: len(both)])
    shared = np.diff(np.append(new, len(both)))
    return _best(both[new] // (len(names) + 1), both[new] % (len(names) + 1), shared, names)


def _best(
    text: Numbers, name: Numbers, shared: Numbers, names: npt.NDArray[np.object_]
) -> tuple[Numbers, Numbers]:
    """Keep for each text the names of which the greatest part is in it; `_MOST_SCORED` of them."""
    length = np.array([len(one) for one in names], dtype=np.int64)
    order = np.lexsort((name, -(shared / (length[name] - 1)), text))
    text, name = text[order], name[order]
    first = np.flatnonzero(np.append(True, text[1:] != text[:-1])[: len(text)])
    place = np.arange(len(text)) - np.repeat(first, np.diff(np.append(first, len(text))))
    keep = place < _MOST_SCORED
    return text[keep], name[keep]


def _pairs(texts: pd.Series) -> tuple[Numbers, Numbers]:
    """Return every pair of neighbouring characters: the number of its text, and the pair as a number."""
    codes, starts = _codes(texts)
    pair = (codes[:-1].astype(np.int64) << _CODE_BITS) | codes[1:]
    inside = (codes[:-1] != _BREAK) & (codes[1:] != _BREAK)
    at = np.flatnonzero(inside)
    return np.searchsorted(starts, at, side="right") - 1, pair[inside]
