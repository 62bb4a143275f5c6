"""Accepted findings stand beside their resource, with a reason, and for nothing else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from policy import exemptions
from policy.exemptions import Exemptions, of_modules, of_stack, of_uses, place_of, use_of

WITH_SKIP = """\
resource "aws_lb" "this" {
  name = "x"
  # checkov:skip=CKV_AWS_91: the caller says where logs go
  tags = {}
}

resource "aws_lb" "other" {
  name = "y"
}
"""


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    folder = tmp_path / "modules"
    (folder / "alb").mkdir(parents=True)
    return folder


def write(modules: Path, text: str) -> Exemptions:
    (modules / "alb" / "main.tf").write_text(text)
    return of_modules(modules)


def test_a_comment_accepts_one_rule_of_the_resource_that_it_stands_in(modules: Path) -> None:
    found = write(modules, WITH_SKIP)
    assert found.malformed == ()
    assert found.accepts(("alb", "aws_lb", "this"), "CKV_AWS_91")
    assert not found.accepts(("alb", "aws_lb", "this"), "CKV_AWS_92")
    assert not found.accepts(("alb", "aws_lb", "other"), "CKV_AWS_91")
    assert not found.accepts(("", "aws_lb", "this"), "CKV_AWS_91")


def test_the_reason_is_kept(modules: Path) -> None:
    assert list(write(modules, WITH_SKIP).reasons.values()) == ["the caller says where logs go"]


@pytest.mark.parametrize(
    "comment", ["# checkov:skip=CKV_AWS_91", "# checkov:skip=CKV_AWS_91:", "# checkov:skip=CKV_AWS_91: "]
)
def test_a_comment_without_a_reason_accepts_nothing_and_is_told(modules: Path, comment: str) -> None:
    found = write(modules, f'resource "aws_lb" "this" {{\n  {comment}\n}}\n')
    assert not found.accepts(("alb", "aws_lb", "this"), "CKV_AWS_91")
    (line,) = found.malformed
    assert line.startswith("modules/alb/main.tf: ")


def test_a_comment_outside_every_block_is_told(modules: Path) -> None:
    assert write(modules, f"# checkov:skip=CKV_AWS_91: who?\n{WITH_SKIP}").malformed


def test_what_nothing_needed_is_named(modules: Path) -> None:
    found = write(modules, WITH_SKIP)
    assert list(found.unused()) == ["alb aws_lb.this: CKV_AWS_91"]
    found.accepts(("alb", "aws_lb", "this"), "CKV_AWS_91")
    assert list(found.unused()) == []


def test_a_remark_in_the_stack_accepts_a_rule_of_its_resource() -> None:
    remark = {"exempt": {"CKV_AWS_18": "files of a website are public"}, "metadata": {"path": "x"}}
    document = {"resource": {"aws_s3_bucket": {"site": {"//": remark}, "other": {}}}}
    assert of_stack(document) == {(("", "aws_s3_bucket", "site"), "CKV_AWS_18"): "files of a website are public"}


def test_a_remark_at_a_use_of_a_module_accepts_a_rule_there_and_at_no_other_use() -> None:
    document = {
        "module": {"shop": {"source": "x", "//": {"exempt": {"NON_ROOT": "not ours"}}}, "other": {"source": "x"}}
    }
    assert of_uses(document) == {("shop", "NON_ROOT"): "not ours"}


@pytest.mark.parametrize(
    ("address", "use"), [("aws_lb.this", ""), ("module.shop.aws_lb.this", "shop"), ("module.a.module.b.aws_lb.c", "a")]
)
def test_an_address_leads_to_the_use_of_its_module(address: str, use: str) -> None:
    assert use_of(address) == use


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("aws_s3_bucket.site", ("", "aws_s3_bucket", "site")),
        ("module.shop.aws_lb.this", ("alb", "aws_lb", "this")),
        ('module.shop.aws_lb_listener.more["a.b"]', ("alb", "aws_lb_listener", "more")),
        ('module.shop["x"].module.within.aws_eip.this[0]', ("alb/part", "aws_eip", "this")),
    ],
)
def test_an_address_leads_to_its_block(
    modules: Path, monkeypatch: pytest.MonkeyPatch, address: str, place: tuple[str, str, str]
) -> None:
    monkeypatch.setattr(exemptions, "MODULES", modules)
    (modules / "alb" / "main.tf").write_text('module "within" {\n  source = "./part"\n}\n')
    document = {"module": {"shop": {"source": "../../../modules/alb"}}}
    assert place_of(address, document) == place


def test_what_an_edition_links_to_stands_in_the_module(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemptions, "MODULES", modules)
    before = of_modules(modules)
    (modules / "alb" / "main.tf").touch()
    edition = modules / "alb" / "edition"
    edition.mkdir()
    for file in (modules / "alb").glob("*.tf"):
        (edition / file.name).symlink_to(file)
    document = {"module": {"shop": {"source": "../../../modules/alb/edition"}}}
    assert place_of("module.shop.aws_lb.this", document) == ("alb", "aws_lb", "this")
    assert exemptions.folder_of(PurePosixPath("alb/edition/main.tf")) == "alb"
    assert of_modules(modules).reasons == before.reasons
