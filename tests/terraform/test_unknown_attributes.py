"""An attribute that a module does not know is refused by the plan, also where values are known after the apply only."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from modules.readme import MODULES
from policy.terraform_runs import MockedApplyError, TerraformRuns

GIVEN: Final = (MODULES / "fargate_service" / "tests" / "terraform.tfvars").read_text(encoding="utf-8")
CALLER: Final = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_sqs_queue" "this" {}

resource "aws_s3_bucket" "this" {}

module "network" {
  source     = "../modules/network"
  name       = "shop-test"
  cidr_block = "10.0.0.0/16"
  flow_logs  = { bucket = { arn = aws_s3_bucket.this.arn MORE } }

  zones = {
    us-east-1a = { public_cidr_block = "10.0.0.0/24", private_cidr_block = "10.0.100.0/24" }
    us-east-1b = { public_cidr_block = "10.0.1.0/24", private_cidr_block = "10.0.101.0/24" }
  }
}

module "service" {
  source = "../modules/fargate_service/autoscaled"

  additional_listener_rules = {
    more = { priority = 7, query_strings = [{ value = aws_sqs_queue.this.id MORE }] }
  }

  autoscaling = {
    min_capacity = 1
    max_capacity = 2
    steps = {
      queue = {
        alarm       = { metric_name = "Depth", threshold = 1, dimensions = { QueueName = aws_sqs_queue.this.id } MORE }
        adjustments = [{ scaling_adjustment = 1, from = 0 }]
      }
    }
  }
GIVEN
}
"""


@pytest.fixture
def caller(tmp_path: Path) -> Path:
    shutil.copytree(MODULES, tmp_path / "modules", ignore=shutil.ignore_patterns(".terraform*", "__pycache__"))
    folder = tmp_path / "caller"
    folder.mkdir()
    return folder


def test_values_may_be_known_after_the_apply_only(terraform_runs: TerraformRuns, caller: Path) -> None:
    write(caller, more="")
    assert "module.service.aws_ecs_service.this" in terraform_runs.mocked_plan(caller)


def test_what_stands_beside_such_a_value_is_refused_by_the_plan(terraform_runs: TerraformRuns, caller: Path) -> None:
    write(caller, more=", more = 1")
    with pytest.raises(MockedApplyError) as refused:
        terraform_runs.mocked_plan(caller)
    for told in (
        "flow_logs do not know bucket.more.",
        "additional_listener_rules do not know query_strings.more.",
        "autoscaling does not know steps.alarm.more.",
    ):
        assert told in str(refused.value)


def write(caller: Path, *, more: str) -> None:
    text = CALLER.replace(" MORE", more).replace("GIVEN", GIVEN)
    (caller / "main.tf").write_text(text, encoding="utf-8")
