"""The alarms of ``modules/alarms``, applied by Terraform, go off when a running service gives them a reason."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import daemon_health
from embedded.settings import FASTEST_SCALING
from tests.local.applied_example import applied, copied_modules
from tests.local.load import Load
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

MAIN = """
provider "aws" {{
  region = "us-east-1"
}}

module "alarms" {{
  source = "../alarms"

  name              = "shop"
  load_balancer_arn = {balancer}
  cluster_name      = {name}
  dashboard         = false
  services = {{
    toy = {{ service_name = {name}, min_tasks = 2, target_group = {{ arn = {group} }} }}
  }}
}}
"""
ALARMS = ("shop-elb-5xx", "shop-toy-p99", "shop-toy-target-5xx", "shop-toy-too-few-tasks", "shop-toy-unhealthy-hosts")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    settings = dataclasses.replace(local_settings(tmp_path_factory.mktemp("alarms")), scaling_speed=FASTEST_SCALING)
    with running_embedded_aws(settings) as running:
        yield running


def raised(aws: EmbeddedAws) -> list[str]:
    """Names of the alarms that are raised, once each of them has been looked at."""
    found = {one["AlarmName"]: one["StateValue"] for one in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert tuple(sorted(found)) == ALARMS
    return sorted(name for name, state in found.items() if state != "OK")


def test_errors_of_a_service_and_missing_tasks_raise_their_alarms_and_no_other(
    aws: EmbeddedAws, toy: ToyService, tmp_path: Path
) -> None:
    toy.create(toy.revision("one"))
    toy.steady()
    folder = copied_modules(tmp_path) / "shop"
    folder.mkdir()
    balancer = toy.elb.describe_load_balancers(Names=[toy.name])["LoadBalancers"][0]["LoadBalancerArn"]
    places = {"balancer": balancer, "name": toy.name, "group": toy.target_group}
    (folder / "main.tf").write_text(MAIN.format(**{key: json.dumps(value) for key, value in places.items()}))
    with applied(aws, folder):
        with Load(toy.url) as load:
            wait_for(lambda: len(load.answers) > 20, what="load flows")
            wait_for(lambda: raised(aws) == [], what="nothing is amiss")
            with Load(toy.url, path="/fail", threads=2) as failing:
                wait_for(lambda: raised(aws) == ["shop-toy-target-5xx"], what="the service's errors raise its alarm")
            wait_for(lambda: raised(aws) == [], what="it is over")
        assert failing.failures
        assert load.failures == []
        toy.ecs.update_service(cluster=toy.name, service=toy.name, desiredCount=1)
        wait_for(lambda: raised(aws) == ["shop-toy-too-few-tasks"], what="one task is too few")
        toy.ecs.update_service(cluster=toy.name, service=toy.name, desiredCount=2)
        wait_for(lambda: raised(aws) == [], what="two tasks are enough")
        assert daemon_health.warning_rows(aws.settings.state_dir) == []
