"""Provider 6 has what we use of provider 5, and what it calls deprecated is kept for a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import pytest

from modules.readme import module_folders
from policy.provider_six import __main__ as command
from policy.provider_six import schema, use
from policy.provider_six.places import PLACES
from systems.checkout import ROOT
from tests.terraform.conftest import Key, read_stack

KEPT: Final = {
    "aws_dynamodb_table.global_secondary_index.hash_key": ("dynamodb_table", "key_schema"),
    "aws_dynamodb_table.global_secondary_index.range_key": ("dynamodb_table", "key_schema"),
    "data.aws_region.id": ("data_aws_region", "region"),
    "data.aws_vpc.ipv6_cidr_block": ("data_aws_vpc", "ipv6_cidr_block_associations"),
}
"""What we use though provider 6 calls it deprecated: provider 5 has nothing else. By it the file of provider 5's
bindings, and what 6 wants in its place."""

VERSION: Final = re.compile(r'source\s*=\s*"hashicorp/aws"\n\s*version\s*=\s*"([^"]+)"')


@pytest.fixture(scope="module")
def used(stacks: Mapping[str, dict[str, Any]], aws_stacks: Mapping[Key, dict[str, Any]], website_dir: Path) -> use.Use:
    """All that is used anywhere."""
    files = (use.of_module(path.read_text(encoding="utf-8")) for path in terraform_files())
    everywhere = (*stacks.values(), *aws_stacks.values(), read_stack(website_dir))
    return use.together([*files, *(use.of_stack(one) for one in everywhere)])


def terraform_files() -> Iterator[Path]:
    """Of modules and examples, each once: an edition of a module has links to it."""
    for folder in ("modules", "examples"):
        for path in sorted((ROOT / folder).rglob("*.tf")):
            if not path.is_symlink() and ".terraform" not in path.parts:
                yield path


def test_provider_six_has_all_that_is_used(used: use.Use) -> None:
    assert list(schema.missing(used, schema.types())) == [], (
        "a type that is new here gets a row in policy/provider_six/places.py, then: python -m policy.provider_six"
    )


def test_what_is_deprecated_is_kept_where_provider_five_has_nothing_else(used: use.Use) -> None:
    said = schema.deprecated(used, schema.types())
    assert said.keys() == KEPT.keys()
    for name, (file, instead) in KEPT.items():
        assert instead in said[name]
        bindings = distribution("cdktf-cdktf-provider-aws").locate_file(f"cdktf_cdktf_provider_aws/{file}/__init__.py")
        assert f"def {instead}(" not in Path(str(bindings)).read_text(encoding="utf-8"), f"{name} can be mended"


def test_the_part_that_is_kept_is_of_the_pinned_packages_and_no_more_than_is_used(used: use.Use) -> None:
    head = json.loads(schema.FILE.read_text(encoding="utf-8"))
    pins = (command.NAMES_FROM, command.DEPRECATIONS_FROM)
    assert [one["package"] for one in head["sources"]] == [f"{name}=={version}" for name, version in pins]
    assert head["provider"].startswith("6.")
    assert head["types"].keys() == PLACES.keys() == used.keys()


def test_modules_and_examples_take_both_providers() -> None:
    wanted = [found for path in terraform_files() for found in VERSION.findall(path.read_text(encoding="utf-8"))]
    assert len(wanted) >= len(module_folders())
    assert set(wanted) == {">= 5.100, < 7.0"}
