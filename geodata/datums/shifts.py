"""GCJ-02 and BD-09: the shifts of Chinese web maps, there and back.

The formula of GCJ-02 is public: an outcome of many independent reconstructions that agree. It gives
the shift of a WGS-84 place; the way back is found by iteration. BD-09 is a second shift, on top of it.

Accuracy
--------
There and back: at most 0.2 m is promised, 1e-9 degrees (0.1 mm) is held. Against what the map services
themselves return the formula has a floor of its own: it misses places by up to about 0.67 m, because
services round, and add a noise that is not public. No code can undo that.

Outside China
-------------
The shifts belong to China. Outside the box in which the public formula applies, longitude 72.004 to
137.8347 and latitude 0.8293 to 55.8271, every function here returns what it is given, in every direction.
The box is generous: it holds whole neighbours of China, whose layers should be declared as WGS-84. A
place inside the box whose shifted image lies outside (a strip of less than two kilometres along the
box's edge, far from China) comes back as that image, unchanged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north, in degrees: where the public formula applies."""

_DEGREE_M = 6378245.0 * np.pi / 180.0  # of Krasovsky's ellipsoid of 1940, as the formula has it
_ECCENTRICITY2 = 0.00669342162296594323
_BD_WAVE = np.pi * 3000.0 / 180.0
_BD_LNG, _BD_LAT = 0.0065, 0.006
# what a step leaves, in degrees, at most: 6e-5, 4e-7, 2e-9, 2e-11; and of BD-09 2e-6, 1e-8, 1e-10
_GCJ_STEPS = 4
_BD_STEPS = 3
_BLOCK = 8192  # so many points and what is computed of them fit in a processor's cache


def in_china(lng: Floats, lat: Floats) -> Bools:
    """Return which places lie in `CHINA_BOX`, shape (n,); a place that is not a number does not.

    Examples
    --------
    >>> in_china(np.array([118.1, -77.2, np.nan]), np.array([24.5, 38.8, 24.5])).tolist()
    [True, False, False]
    """
    west, south, east, north = CHINA_BOX
    return np.asarray((lng >= west) & (lng <= east) & (lat >= south) & (lat <= north))


def wgs84_to_gcj02(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return GCJ-02 longitude and latitude, in degrees, shape (n,) each, of WGS-84 ones.

    Examples
    --------
    >>> lng, lat = wgs84_to_gcj02(np.array([118.0844471]), np.array([24.4824837]))
    >>> round(float(lng[0]), 6), round(float(lat[0]), 6)
    (118.089424, 24.479834)
    """
    return _in_blocks(_to_gcj, lng, lat)


def gcj02_to_wgs84(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return WGS-84 longitude and latitude, in degrees, shape (n,) each, of GCJ-02 ones.

    Fixed-point iteration: the place whose shifted image is the one given, to 1e-9 degrees.

    Examples
    --------
    >>> lng, lat = gcj02_to_wgs84(*wgs84_to_gcj02(np.array([118.0844471]), np.array([24.4824837])))
    >>> round(float(lng[0]), 9), round(float(lat[0]), 9)
    (118.0844471, 24.4824837)
    """
    return _in_blocks(_from_gcj, lng, lat)


def gcj02_to_bd09(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return BD-09 longitude and latitude, in degrees, shape (n,) each, of GCJ-02 ones."""
    return _in_blocks(_to_bd, lng, lat)


def bd09_to_gcj02(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return GCJ-02 longitude and latitude, in degrees, shape (n,) each, of BD-09 ones.

    The closed inverse that is passed around misses by up to 0.2 m, so it is iterated, to 1e-9 degrees.
    """
    return _in_blocks(_from_bd, lng, lat)


def wgs84_to_bd09(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return BD-09 longitude and latitude, in degrees, shape (n,) each, of WGS-84 ones."""
    return _in_blocks(lambda lng, lat: _to_bd(*_to_gcj(lng, lat)), lng, lat)


def bd09_to_wgs84(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return WGS-84 longitude and latitude, in degrees, shape (n,) each, of BD-09 ones."""
    return _in_blocks(lambda lng, lat: _from_gcj(*_from_bd(lng, lat)), lng, lat)


def _in_blocks(shift: Shift, lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Apply a shift to the places in China, block by block; others stay."""
    out_lng, out_lat = np.array(lng, dtype=np.float64), np.array(lat, dtype=np.float64)
    here = np.flatnonzero(in_china(out_lng, out_lat))
    for start in range(0, len(here), _BLOCK):
        which = here[start : start + _BLOCK]
        out_lng[which], out_lat[which] = shift(out_lng[which], out_lat[which])
    return out_lng, out_lat


def _to_gcj(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    d_lng, d_lat = _gcj_shift(lng, lat)
    return lng + d_lng, lat + d_lat


def _from_gcj(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    guess_lng, guess_lat = lng, lat
    for _ in range(_GCJ_STEPS):
        d_lng, d_lat = _gcj_shift(guess_lng, guess_lat)
        guess_lng, guess_lat = lng - d_lng, lat - d_lat
    return guess_lng, guess_lat


def _gcj_shift(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the shift in degrees of WGS-84 places.

    The formula's sines of π and 6π follow from those of π/3 and 2π: sin 3a = sin a (3 - 4 sin² a).
    """
    east, north = lng - 105.0, lat - 35.0
    double = np.sin(2.0 * np.pi * east)
    wave = 80.0 * double * (1.0 - double * double)  # 20 sin 6πx + 20 sin 2πx
    root = np.sqrt(np.abs(east))
    both = 0.1 * east * north
    d_lat_m = 2.0 * east + 3.0 * north + 0.2 * north * north + both + 0.2 * root - 100.0
    d_lat_m += (wave + _waves(north, 12.0, 160.0, 320.0)) * (2.0 / 3.0)
    d_lng_m = east + 2.0 * north + 0.1 * east * east + both + 0.1 * root + 300.0
    d_lng_m += (wave + _waves(east, 12.0, 150.0, 300.0)) * (2.0 / 3.0)
    sine = np.sin(lat * (np.pi / 180.0))
    magic = 1.0 - _ECCENTRICITY2 * sine * sine
    root_magic = np.sqrt(magic)
    # how long a degree is, along the parallel and along the meridian
    lng_m = _DEGREE_M / root_magic * np.sqrt(1.0 - sine * sine)
    lat_m = _DEGREE_M * (1.0 - _ECCENTRICITY2) / (magic * root_magic)
    return d_lng_m / lng_m, d_lat_m / lat_m


def _waves(value: Floats, period: float, short_m: float, long_m: float) -> Floats:
    third = np.sin(value * (np.pi / 3.0))
    whole = third * (3.0 - 4.0 * third * third)
    return np.asarray(
        20.0 * whole
        + 40.0 * third
        + short_m * np.sin(value * (np.pi / period))
        + long_m * np.sin(value * (np.pi / 30.0))
    )


def _to_bd(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Make the radius and the angle from the origin a little greater, then add a constant."""
    radius = np.sqrt(lng * lng + lat * lat)
    stretch = (radius + 0.00002 * np.sin(lat * _BD_WAVE)) / radius
    turn = 0.000003 * np.cos(lng * _BD_WAVE)
    # sine and cosine of an angle below 3e-6: what is left out is below 1e-23
    sine, cosine = turn - turn * turn * turn / 6.0, 1.0 - turn * turn / 2.0
    return (
        stretch * (lng * cosine - lat * sine) + _BD_LNG,
        stretch * (lat * cosine + lng * sine) + _BD_LAT,
    )


def _from_bd(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    guess_lng, guess_lat = lng - _BD_LNG, lat - _BD_LAT
    for _ in range(_BD_STEPS):
        there_lng, there_lat = _to_bd(guess_lng, guess_lat)
        guess_lng, guess_lat = guess_lng + lng - there_lng, guess_lat + lat - there_lat
    return guess_lng, guess_lat
