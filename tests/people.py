"""Made-up persons for tests: numbers with the right shape that belong to nobody."""

from __future__ import annotations

NAMES = ("王小明", "李思远", "张雨桐", "陈子涵", "欧阳星河", "林 悦", "黄梓萱", "吴宇轩")
STREETS = ("合成路1号101室", "合成路2号", "样例街7号之一", "测试里3栋2单元")


def identity_number(sequence: int, birth: str = "20180305") -> str:
    """Return an identity number with the right check character; 350299 is no district."""
    digits = f"350299{birth}{sequence % 1000:03d}"
    remainder = sum(int(d) * (2 ** (17 - place) % 11) for place, d in enumerate(digits)) % 11
    return digits + "10X98765432"[remainder]


def mobile(sequence: int) -> str:
    """Return a mobile number."""
    return f"139{sequence % 100_000_000:08d}"
