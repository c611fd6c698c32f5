"""How an unknown distance stands in arrays; apart, so that who only needs this loads nothing else."""

from __future__ import annotations

import numpy as np

UNKNOWN_M = np.int32(np.iinfo(np.int32).max)
"""Stands in arrays for an unknown distance: it sorts after all known ones, and is written as null."""
