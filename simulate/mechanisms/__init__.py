"""Mechanisms: pure functions from a `Contest` to who sits where. One file each, one signature."""

from simulate.mechanisms.contest import NOWHERE, Contest
from simulate.mechanisms.fill import fill
from simulate.mechanisms.random_seats import random_seats
from simulate.mechanisms.serial_dictatorship import serial_dictatorship

__all__ = ["NOWHERE", "Contest", "fill", "random_seats", "serial_dictatorship"]
