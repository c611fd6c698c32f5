"""Mechanisms: pure functions from a `Contest` to who sits where. One file each, one signature."""

from simulate.mechanisms.contest import NEVER, NOWHERE, Contest
from simulate.mechanisms.deferred_acceptance import deferred_acceptance
from simulate.mechanisms.fill import fill
from simulate.mechanisms.immediate_acceptance import immediate_acceptance
from simulate.mechanisms.least_travel import LONGEST_M, least_travel
from simulate.mechanisms.parallel import parallel, parallel_of
from simulate.mechanisms.random_seats import random_seats
from simulate.mechanisms.serial_dictatorship import serial_dictatorship

__all__ = [
    "LONGEST_M",
    "NEVER",
    "NOWHERE",
    "Contest",
    "deferred_acceptance",
    "fill",
    "immediate_acceptance",
    "least_travel",
    "parallel",
    "parallel_of",
    "random_seats",
    "serial_dictatorship",
]
