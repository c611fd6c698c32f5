"""Scenarios: changes to a base project, as data; read, applied, told in words and compared."""

from simulate.scenarios.applying import Applied, applied_scenario, apply_scenario, digest
from simulate.scenarios.reading import (
    Scenario,
    base_scenario,
    read_scenario,
    shipped_path,
    shipped_scenarios,
)

__all__ = [
    "Applied",
    "Scenario",
    "applied_scenario",
    "apply_scenario",
    "base_scenario",
    "digest",
    "read_scenario",
    "shipped_path",
    "shipped_scenarios",
]
