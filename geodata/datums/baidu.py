"""Baidu's metres (BD-09 MC): a Mercator of its own, given by tables of polynomials.

Baidu's maps and services speak these metres. The tables stand in Baidu's public JavaScript and Android
libraries; many independent transcriptions agree. A table of each direction has six bands of latitude,
from the poles to the equator; a row is a0, a1, then the coefficients of a polynomial of degree six in
|latitude| (or |northing|) divided by the row's last number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LAT_BANDS = np.array([75.0, 60.0, 45.0, 30.0, 15.0, 0.0])
_NORTHING_BANDS = np.array([12890594.86, 8362377.87, 5591021.0, 3481989.83, 1678043.12, 0.0])

# fmt: off
_TO_DEGREES = (
    (1.410526172116255e-8, 0.00000898305509648872, -1.9939833816331, 200.9824383106796,
     -187.2403703815547, 91.6087516669843, -23.38765649603339, 2.57121317296198,
     -0.03801003308653, 17337981.2),
    (-7.435856389565537e-9, 0.000008983055097726239, -0.78625201886289, 96.32687599759846,
     -1.85204757529826, -59.36935905485877, 47.40033549296737, -16.50741931063887,
     2.28786674699375, 10260144.86),
    (-3.030883460898826e-8, 0.00000898305509983578, 0.30071316287616, 59.74293618442277,
     7.357984074871, -25.38371002664745, 13.45380521110908, -3.29883767235584,
     0.32710905363475, 6856817.37),
    (-1.981981304930552e-8, 0.000008983055099779535, 0.03278182852591, 40.31678527705744,
     0.65659298677277, -4.44255534477492, 0.85341911805263, 0.12923347998204,
     -0.04625736007561, 4482777.06),
    (3.09191371068437e-9, 0.000008983055096812155, 0.00006995724062, 23.10934304144901,
     -0.00023663490511, -0.6321817810242, -0.00663494467273, 0.03430082397953,
     -0.00466043876332, 2555164.4),
    (2.890871144776878e-9, 0.000008983055095805407, -3.068298e-8, 7.47137025468032,
     -0.00000353937994, -0.02145144861037, -0.00001234426596, 0.00010322952773,
     -0.00000323890364, 826088.5),
)
_TO_METRES = (
    (-0.0015702102444, 111320.7020616939, 1704480524535203.0, -10338987376042340.0,
     26112667856603880.0, -35149669176653700.0, 26595700718403920.0, -10725012454188240.0,
     1800819912950474.0, 82.5),
    (0.0008277824516172526, 111320.7020463578, 647795574.6671607, -4082003173.641316,
     10774905663.51142, -15171875531.51559, 12053065338.62167, -5124939663.577472,
     913311935.9512032, 67.5),
    (0.00337398766765, 111320.7020202162, 4481351.045890365, -23393751.19931662,
     79682215.47186455, -115964993.2797253, 97236711.15602145, -43661946.33752821,
     8477230.501135234, 52.5),
    (0.00220636496208, 111320.7020209128, 51751.86112841131, 3796837.749470245,
     992013.7397791013, -1221952.21711287, 1340652.697009075, -620943.6990984312,
     144416.9293806241, 37.5),
    (-0.0003441963504368392, 111320.7020576856, 278.2353980772752, 2485758.690035394,
     6070.750963243378, 54821.18345352118, 9540.606633304236, -2710.55326746645,
     1405.483844121726, 22.5),
    (-0.0003218135878613132, 111320.7020701615, 0.00369383431289, 823725.6402795718,
     0.46104986909093, 2351.343141331292, 1.58060784298199, 8.77738589078284,
     0.37238884252424, 7.45),
)
# fmt: on

HIGHEST_LAT = 74.0
"""Baidu's own maps end here; beyond it the polynomials mean nothing."""


def metres_to_bd09(easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
    """Return BD-09 longitude and latitude in degrees of Baidu's metres.

    Parameters
    ----------
    easting, northing : array of float, shape (n,)
        Baidu's metres.

    Returns
    -------
    (array of float, array of float), shape (n,) each
        Not a number where the northing is beyond `HIGHEST_LAT`.

    Notes
    -----
    Baidu's own tables (MCBAND, MC2LL), nothing added.

    Examples
    --------
    >>> lng, lat = metres_to_bd09(np.array([12958160.97]), np.array([4825907.72]))
    >>> round(float(lng[0]), 6), round(float(lat[0]), 6)
    (116.403874, 39.914889)
    """
    rows = _rows(_TO_DEGREES, _NORTHING_BANDS, northing)
    lat = _polynomial(rows, np.abs(northing))[0]
    lat[lat > HIGHEST_LAT] = np.nan
    return np.copysign(rows[0] + rows[1] * np.abs(easting), easting), np.copysign(lat, northing)


def bd09_to_metres(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return Baidu's metres of BD-09 longitude and latitude in degrees.

    Parameters
    ----------
    lng, lat : array of float, shape (n,)

    Returns
    -------
    (array of float, array of float), shape (n,) each
        Easting and northing; not a number beyond `HIGHEST_LAT`.

    Notes
    -----
    1. Baidu's table of this direction (LLBAND, LL2MC). It is a fit of its own: there and back with the
       other table is off by 0.03 m at 45 degrees and by 0.25 m at 53.
    2. Two steps of Newton's method on the other table, so that `metres_to_bd09` leads back to 1e-9
       degrees. Where two bands meet, they differ by up to a centimetre in China, and so does the way back.

    Examples
    --------
    >>> easting, northing = bd09_to_metres(np.array([116.404]), np.array([39.915]))
    >>> round(float(easting[0]), 1), round(float(northing[0]), 1)
    (12958175.0, 4825923.8)
    """
    size = np.abs(lat)
    rows = _rows(_TO_METRES, _LAT_BANDS, lat)
    metres = _polynomial(rows, size)[0]
    back = _rows(_TO_DEGREES, _NORTHING_BANDS, metres)
    for _ in range(2):
        there, slope = _polynomial(back, metres)
        metres = metres - (there - size) / slope
    metres[size > HIGHEST_LAT] = np.nan
    return np.copysign((np.abs(lng) - back[0]) / back[1], lng), np.copysign(metres, lat)


def _rows(table: tuple[tuple[float, ...], ...], bands: Floats, value: Floats) -> Floats:
    """Return the row of the table for each value, shape (10, n): the first band that is not above it."""
    band = len(bands) - np.searchsorted(bands[::-1], np.abs(value), side="right")
    return np.asarray(table).T[:, np.minimum(band, len(bands) - 1)]


def _polynomial(rows: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Return the polynomial of each row at a value that is not negative, and its slope."""
    share = value / rows[9]
    total, slope = rows[8].copy(), np.zeros_like(share)
    for place in range(7, 1, -1):
        slope = slope * share + total
        total = total * share + rows[place]
    return total, slope / rows[9]
