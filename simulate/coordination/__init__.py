"""Ways to coordinate (统筹) side by side: the same children, tickets and seats, one rule changed."""

from simulate.coordination.applying import policies_of, variant_policy
from simulate.coordination.comparing import Comparison, Outcome, compare_coordination
from simulate.coordination.counting import Counts
from simulate.coordination.passed import passed_by_fewer_points
from simulate.coordination.variant import Change, Held, Variant, chosen, read_variants
from simulate.coordination.writing import flows_table, table_of, write_comparison

__all__ = [
    "Change",
    "Comparison",
    "Counts",
    "Held",
    "Outcome",
    "Variant",
    "chosen",
    "compare_coordination",
    "flows_table",
    "passed_by_fewer_points",
    "policies_of",
    "read_variants",
    "table_of",
    "variant_policy",
    "write_comparison",
]
