"""What is imported when: heavy libraries only where they are used."""

from __future__ import annotations

import functools
import subprocess
import sys

import pytest


@functools.cache
def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import simulate.cli", "import geodata"])
def test_the_command_line_starts_without_what_draws_and_computes(statement: str) -> None:
    heavy = {
        "folium",
        "numba",
        "matplotlib",
        "fontTools",
        "jinja2",
        "rich",
        "geopandas",
        "pandas",
        "pyarrow",
    }
    assert loaded_after(statement) & heavy == set()


def test_zoning_starts_without_what_draws_and_computes() -> None:
    assert (
        loaded_after("import zoning") & {"folium", "numba", "matplotlib", "fontTools", "playwright"}
        == set()
    )


def test_a_name_that_geodata_does_not_have_raises() -> None:
    import geodata

    with pytest.raises(AttributeError, match="module 'geodata' has no attribute 'towns'"):
        _ = geodata.towns


def test_geodata_starts_without_the_packages_above_it() -> None:
    assert loaded_after("import geodata") & {"zoning", "simulate"} == set()


def test_zoning_starts_without_the_package_above_it() -> None:
    assert loaded_after("import zoning") & {"simulate"} == set()
