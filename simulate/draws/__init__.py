"""Many lottery draws of one contest, every choice counted: how likely each child is to get each choice."""

from simulate.draws.counts import Lottery, count_deferred_acceptance, count_serial_dictatorship
from simulate.draws.numbers import draw_numbers, draw_ranks, hash_labels

__all__ = [
    "Lottery",
    "count_deferred_acceptance",
    "count_serial_dictatorship",
    "draw_numbers",
    "draw_ranks",
    "hash_labels",
]
