"""The embedded city: a synthetic Xiamen on the real ground, made by one seeded function."""

from geodata.sample.city import write_sample

__all__ = ["write_sample"]
