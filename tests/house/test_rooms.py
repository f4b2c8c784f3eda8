"""The house stands as HOUSE says: rooms are ours alone, errors are one tree, imports stay light."""

import inspect
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from contracts import errors

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "connectors", "warehouse", "hub", "serving", "dags", "sandbox")
GENERIC = ("utils", "util", "common", "core", "lib", "helpers", "shared", "misc")
HEAVY = ("airflow", "great_expectations", "pandas", "polars", "pyarrow")


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_ships_a_package_named_like_a_room(room: str) -> None:
    assert set(packages_distributions()[room]) == {"lien-thong"}


def test_there_is_no_generic_room() -> None:
    assert [name for name in GENERIC if (ROOT / name).exists()] == []


def test_the_drawn_tree_of_errors_is_the_tree_of_classes() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    classes = [
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.HubError) and kind is not errors.HubError
    ]
    assert sorted(drawn) == sorted(classes)


def test_every_error_says_in_its_docstring_what_it_is() -> None:
    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass)]
    assert [k.__name__ for k in kinds if not (k.__doc__ or "").strip()] == []


@pytest.mark.parametrize("module", ["hub.ingest", "hub.cli.main", "connectors.drive"])
def test_importing_the_hub_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_the_lock_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index-url" not in lock
