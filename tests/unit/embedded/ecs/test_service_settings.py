"""A service keeps what CreateService was given, and what AWS gives where it was given nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends

from tests.unit.embedded.ecs.ecs_api import Api

DEFAULTS: dict[str, Any] = {
    "availabilityZoneRebalancing": "DISABLED",
    "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": 0,
    "placementConstraints": [],
    "placementStrategy": [],
    "platformVersion": "LATEST",
}
GIVEN: dict[str, Any] = {
    "availabilityZoneRebalancing": "ENABLED",
    "deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50},
    "enableECSManagedTags": True,
    "enableExecuteCommand": True,
    "healthCheckGracePeriodSeconds": 30,
    "placementConstraints": [{"type": "distinctInstance"}],
    "placementStrategy": [{"type": "random"}],
    "platformVersion": "1.4.0",
}


@pytest.mark.parametrize(("given", "expected"), [({}, DEFAULTS), (GIVEN, GIVEN)], ids=["nothing", "everything"])
def test_a_new_service_has_what_it_was_given_or_the_default_of_aws(
    api: Api, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = api.create(**given)["service"]
    assert {name: made.get(name) for name in expected} == expected


def test_nothing_of_a_new_service_runs_yet(api: Api) -> None:
    made = api.create(desiredCount=3)["service"]
    assert (made["desiredCount"], made["runningCount"], made["pendingCount"]) == (3, 0, 0)
    assert made["platformFamily"] == "Linux"
    assert abs(made["createdAt"] - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_services_of_a_cluster_whose_name_begins_alike_do_not_keep_it(api: Api) -> None:
    api.ecs.create_cluster(clusterName="on")
    assert api.ecs.delete_cluster(cluster="on")["cluster"]["status"] == "INACTIVE"


def test_a_target_group_and_a_subnet_of_another_region_are_not_there(api: Api) -> None:
    elsewhere: Any = ecs_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"]
    (subnet,) = api.network["awsvpcConfiguration"]["subnets"]
    here: Any = ecs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    here.check_surroundings(None, api.network)
    with pytest.raises(Exception, match=f"The subnet ID '{subnet}' does not exist"):
        elsewhere.check_surroundings(None, api.network)
