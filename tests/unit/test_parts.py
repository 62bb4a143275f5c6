"""How tests are shared among processes."""

from __future__ import annotations

import sys

import pytest

from systems.checkout import ROOT
from tests import parts


@pytest.mark.parametrize("name", parts.AFTER_THE_BROWSER)
def test_rehearsals_use_the_deployment_of_the_browser(name: str) -> None:
    assert parts.of(ROOT / "tests" / "local" / f"{name}.py") == "browser"


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("tests/unit/test_parts.py", "unit"),
        ("tests/terraform/test_site.py", "terraform"),
        ("tests/local/test_canary_live.py", "terraform"),
        ("tests/browser/test_attack.py", "browser"),
        ("tests/local/test_bad_day.py", "deployment"),
        ("tests/local/test_signed_calls.py", "test_signed_calls"),
    ],
)
def test_a_file_belongs_to_what_it_shares_something_expensive_with(file: str, part: str) -> None:
    assert parts.of(ROOT / file) == part


def test_collecting_the_tests_loads_no_more_of_the_bindings_than_they_use() -> None:
    """Their root imports 1,300 modules, in each of the processes: call prepare_cdktf before."""
    assert sum(name.startswith("cdktf_cdktf_provider_aws.") for name in sys.modules) < 200
