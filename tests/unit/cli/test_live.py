"""Reading what is deployed from the APIs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws, live
from cli.errors import CommandError
from cli.phases import Canary, Live
from settings.settings import Settings
from systems.rules import MONOLITH_RULE
from tests.unit.pages import Paginated

SETTINGS = Settings.from_environ({"ENV": "blue"})
REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


class Cloud(Paginated):
    """ECS and ELBv2 with services by name (image, environment, status) and rules by their weights."""

    def __init__(self) -> None:
        self.services: dict[str, tuple[str, dict[str, str], str]] = {
            "mysfits-blue-monolith": (
                f"{REGISTRY}/mysfits-blue-monolith:m1",
                {"MYSFIT_ACTIONS": "like,adopt"},
                "ACTIVE",
            ),
            "mysfits-blue-like": (f"{REGISTRY}/mysfits-blue-like:l1", {}, "ACTIVE"),
        }
        self.rules: list[dict[str, int]] = [
            {"mysfits-blue-like": 3, "mysfits-blue-monolith": 1},
            {"mysfits-blue-monolith": 1},
        ]
        self.first_priority = 401
        self.desired: dict[str, int] = {}
        self.fixed = [{"Type": "fixed-response"}]
        self.missing: set[str] = set()
        self.groups: tuple[str, ...] = ("", "-f")

    def _refuse(self, code: str) -> None:
        if code in self.missing:
            raise ClientError({"Error": {"Code": code}}, "Describe")

    def list_services(self, *, cluster: str) -> dict[str, Any]:
        assert cluster == "mysfits-blue"
        self._refuse("ClusterNotFoundException")
        self._refuse("AccessDenied")
        return {"serviceArns": list(self.services)}

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        assert cluster == "mysfits-blue"
        assert services
        return {
            "services": [
                {
                    "serviceName": name,
                    "status": self.services[name][2],
                    "taskDefinition": name,
                    "desiredCount": self.desired.get(name, 2),
                    "loadBalancers": [{"targetGroupArn": f"arn:targetgroup/{name}{group}/1"} for group in self.groups],
                }
                for name in services
            ]
        }

    def describe_task_definition(self, *, taskDefinition: str) -> dict[str, Any]:
        image, environment, _ = self.services[taskDefinition]
        pairs = [{"name": name, "value": value} for name, value in environment.items()]
        return {"taskDefinition": {"containerDefinitions": [{"image": image, "environment": pairs}]}}

    def describe_target_groups(self) -> dict[str, Any]:
        names = {*(name for rule in self.rules for name in rule)}
        return {"TargetGroups": [{"TargetGroupArn": f"arn:{name}", "TargetGroupName": name} for name in names]}

    def describe_load_balancers(self, *, Names: list[str]) -> dict[str, Any]:
        if Names == ["mysfits-blue-internal"]:
            raise ClientError({"Error": {"Code": "LoadBalancerNotFound"}}, "Describe")
        assert Names == ["mysfits-blue"]
        self._refuse("LoadBalancerNotFound")
        self._refuse("Throttling")
        return {"LoadBalancers": [{"LoadBalancerArn": "arn:balancer"}]}

    def describe_listeners(self, *, LoadBalancerArn: str) -> dict[str, Any]:
        assert LoadBalancerArn == "arn:balancer"
        return {
            "Listeners": [
                {"ListenerArn": "arn:listener", "Port": SETTINGS.listener_port},
                {"ListenerArn": "arn:listener-of-somebody", "Port": SETTINGS.listener_port + 1},
            ]
        }

    def describe_rules(self, *, ListenerArn: str) -> dict[str, Any]:
        assert ListenerArn == "arn:listener"
        forwards = [
            [
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [
                            {"TargetGroupArn": f"arn:{name}", "Weight": weight} for name, weight in rule.items()
                        ]
                    },
                }
            ]
            for rule in self.rules
        ]
        rules = [*forwards, self.fixed]
        numbered = enumerate(rules, start=self.first_priority)
        return {"Rules": [{"Priority": str(number), "Actions": one} for number, one in numbered]}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    found = Cloud()
    monkeypatch.setattr(aws, "client", lambda _settings, _service: found)
    return found


def test_weights_are_percentages_of_a_services_own_rule_and_routes_are_the_monoliths(cloud: Cloud) -> None:
    assert live.read(SETTINGS, "split") == Live(
        stage="split",
        weights={"like": 75},
        routes=("like", "adopt"),
        image_tags={"monolith": "m1", "like": "l1"},
    )
    cloud.rules[0] = {"mysfits-blue-like": 0, "mysfits-blue-monolith": 0}
    assert live.read(SETTINGS, "split").weights == {"like": 0}
    cloud.rules[0] = {"mysfits-blue-like": 1, "mysfits-blue-monolith": 2}
    assert live.read(SETTINGS, "split").weights == {"like": 33}


def test_a_rule_of_somebody_else_that_forwards_to_the_service_has_no_say(cloud: Cloud) -> None:
    cloud.rules += [{"mysfits-blue-adopt": 1}, {"mysfits-blue-like": 1, "mysfits-blue-monolith": 9}]
    cloud.rules[1:2] = [{"mysfits-blue-monolith": 1, "mysfits-blue-like": 1}]
    assert live.read(SETTINGS, "split").weights == {"like": 75}


def test_a_service_of_another_environment_has_no_weight_here(cloud: Cloud) -> None:
    cloud.rules[0] = {"mysfits-green-like": 1, "mysfits-blue-monolith": 1}
    assert live.read(SETTINGS, "split").weights == {}


@pytest.mark.usefixtures("cloud")
def test_of_nothing_and_of_the_placeholder_only_the_stage_is_known() -> None:
    assert live.read(SETTINGS, None) == Live(stage=None)
    assert live.read(SETTINGS, "placeholder") == Live(stage="placeholder")


@pytest.mark.usefixtures("cloud")
def test_a_stage_of_another_checkout_is_named() -> None:
    with pytest.raises(CommandError, match="stage later, which this checkout does not know"):
        live.read(SETTINGS, "later")


def test_what_an_interrupted_run_did_not_get_to_is_left_out(cloud: Cloud) -> None:
    cloud.missing = {"ClusterNotFoundException", "LoadBalancerNotFound"}
    assert live.read(SETTINGS, "split") == Live(stage="split")


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling"])
def test_what_the_api_refuses_is_not_taken_for_nothing(cloud: Cloud, code: str) -> None:
    cloud.missing = {code}
    with pytest.raises(ClientError, match=code):
        live.read(SETTINGS, "split")


def test_a_monolith_that_serves_nothing_differs_from_one_that_is_not_there(cloud: Cloud) -> None:
    image, _, status = cloud.services["mysfits-blue-monolith"]
    cloud.services["mysfits-blue-monolith"] = (image, {"MYSFIT_ACTIONS": ""}, status)
    assert live.read(SETTINGS, "extracted").routes == ()
    del cloud.services["mysfits-blue-monolith"]
    assert live.read(SETTINGS, "extracted").routes is None


def test_image_tags_are_those_of_our_own_images_that_run(cloud: Cloud) -> None:
    assert live.read(SETTINGS, "split").image_tags == {"monolith": "m1", "like": "l1"}
    cloud.services["mysfits-blue-monolith"] = ("public.ecr.aws/nginx/nginx:1.29", {}, "ACTIVE")
    cloud.services["mysfits-blue-like"] = (f"{REGISTRY}/mysfits-blue-like:l1", {}, "DRAINING")
    assert live.read(SETTINGS, "split").image_tags == {}
    cloud.services.clear()
    assert live.read(SETTINGS, "split").image_tags == {}


def with_canary(cloud: Cloud, tag: str, *, desired: int, own: int, new: int, rest: int = 0) -> None:
    """A canary of the like service, and the weights in its rule."""
    cloud.services["mysfits-blue-like-c"] = (f"{REGISTRY}/mysfits-blue-like:{tag}", {}, "ACTIVE")
    cloud.desired["mysfits-blue-like-c"] = desired
    cloud.rules[0] = {"mysfits-blue-like": own, "mysfits-blue-like-c": new, "mysfits-blue-monolith": rest}


def test_a_canary_has_the_tag_and_the_share_of_its_tasks(cloud: Cloud) -> None:
    with_canary(cloud, "l2", desired=2, own=45, new=5, rest=50)
    now = live.read(SETTINGS, "split")
    assert now.canaries == {"like": Canary(image_tag="l2", weight=10)}
    assert now.weights == {"like": 50}, "both sets of tasks are the service"
    assert now.image_tags == {"monolith": "m1", "like": "l1"}


def test_a_canary_without_tasks_is_in_rest_unless_it_has_requests(cloud: Cloud) -> None:
    with_canary(cloud, "l1", desired=0, own=100, new=0)
    assert live.read(SETTINGS, "split").canaries == {}
    with_canary(cloud, "l1", desired=0, own=90, new=10)
    assert live.read(SETTINGS, "split").canaries == {"like": Canary(image_tag="l1", weight=10)}


def test_rules_of_a_deployment_that_has_no_previews_yet_are_known(cloud: Cloud) -> None:
    cloud.first_priority = 1
    assert live.read(SETTINGS, "split").weights == {"like": 75}
    cloud.first_priority = 11
    assert live.read(SETTINGS, "split").weights == {}


def test_the_monolith_has_a_canary_too(cloud: Cloud) -> None:
    cloud.services["mysfits-blue-monolith-c"] = (f"{REGISTRY}/mysfits-blue-monolith:m2", {}, "ACTIVE")
    cloud.rules += [{"mysfits-blue-other": 1}] * (MONOLITH_RULE.priority - cloud.first_priority - len(cloud.rules))
    cloud.rules.append({"mysfits-blue-monolith": 50, "mysfits-blue-monolith-c": 50})
    now = live.read(SETTINGS, "split")
    assert now.canaries == {"monolith": Canary(image_tag="m2", weight=50)}
    assert set(now.weights) == {"like"}, "the monolith has no weight of its own"


def test_the_task_definition_of_a_service_is_that_of_its_own_tasks(cloud: Cloud) -> None:
    with_canary(cloud, "l2", desired=2, own=90, new=10)
    assert live.task_definition_of(SETTINGS, "like") == "mysfits-blue-like"
    assert live.task_definition_of(SETTINGS, "adopt") == ""


def test_a_monolith_of_an_earlier_version_lacks_the_group_for_paths_that_move(cloud: Cloud) -> None:
    assert not live.read(SETTINGS, "split").is_behind
    cloud.groups = ("",)
    assert live.read(SETTINGS, "split").lacks_fallback_group
    assert live.read(SETTINGS, "split").is_behind


def test_what_the_monoliths_group_for_others_gets_is_no_share_of_the_service(cloud: Cloud) -> None:
    cloud.rules[0] = {"mysfits-blue-like": 3, "mysfits-blue-monolith-f": 1}
    assert live.read(SETTINGS, "split").weights == {"like": 75}
