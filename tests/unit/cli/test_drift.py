"""Values that somebody changed by hand, told with both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws, drift
from cli.errors import CommandError
from settings.settings import Settings

LIKE, MONOLITH = "arn:like", "arn:monolith"
TASKS = "arn:aws:ecs:us-east-1:1:task-definition/mysfits-dev-like"


def state(**changes: Any) -> dict[str, Any]:
    """A Terraform state with two target groups, two rules and a service."""

    def resource(kind: str, **attributes: Any) -> dict[str, Any]:
        return {"mode": "managed", "type": kind, "instances": [{"attributes": attributes}]}

    forward = [{"target_group": [{"arn": LIKE, "weight": 100}, {"arn": MONOLITH, "weight": 0}]}]
    paths = [{"path_pattern": [{"values": ["/mysfits/*/like"]}], "host_header": []}]
    return {
        "version": 4,
        "resources": [
            {"mode": "data", "type": "aws_region", "instances": [{"attributes": {}}]},
            resource("aws_lb_target_group", arn=LIKE, name="mysfits-dev-like"),
            resource("aws_lb_target_group", arn=MONOLITH, name="mysfits-dev-monolith"),
            resource("aws_lb_listener_rule", arn="fixed", condition=paths, action=[{"forward": []}]),
            resource("aws_lb_listener_rule", arn="rule", condition=paths, action=[{"forward": forward}]),
            resource("aws_ecs_service", name="mysfits-dev-like", desired_count=2, task_definition=f"{TASKS}:3"),
        ],
        **changes,
    }


class Live:
    """Both APIs with one rule and one service."""

    def __init__(self) -> None:
        self.actions: list[dict[str, Any]] | None = forwarding({LIKE: 100, MONOLITH: 0})
        self.service: dict[str, Any] = {"status": "ACTIVE", "desiredCount": 2, "taskDefinition": f"{TASKS}:3"}
        self.cluster = True

    def describe_rules(self, *, RuleArns: list[str]) -> dict[str, Any]:
        assert RuleArns == ["rule"]
        if self.actions is None:
            raise ClientError({"Error": {"Code": "RuleNotFound"}}, "DescribeRules")
        return {"Rules": [{"Actions": self.actions}]}

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        assert (cluster, services) == ("mysfits-dev", ["mysfits-dev-like"])
        if not self.cluster:
            raise ClientError({"Error": {"Code": "ClusterNotFoundException"}}, "DescribeServices")
        return {"services": [self.service]}


def forwarding(weights: dict[str, int]) -> list[dict[str, Any]]:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    found = Live()
    monkeypatch.setattr(aws, "client", lambda _settings, service: {"elbv2": found, "ecs": found}[service])
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    found.terraform_state.parent.mkdir(parents=True)
    found.terraform_state.write_text(json.dumps(state()))
    return found


def lines(settings: Settings) -> list[str]:
    return [str(one) for one in drift.find(settings)]


def test_what_is_as_the_last_deploy_left_it_is_not_told(live: Live, settings: Settings) -> None:
    assert lines(settings) == []
    live.actions = forwarding({LIKE: 7})
    assert lines(settings) == []


def test_weights_are_told_as_percentages_of_both_sides(live: Live, settings: Settings) -> None:
    live.actions = forwarding({LIKE: 1, MONOLITH: 3})
    assert lines(settings) == [
        "weights of /mysfits/*/like: the last deploy left like 100 %, monolith 0 %, live is like 25 %, monolith 75 %"
    ]


@pytest.mark.parametrize(
    ("actions", "now"),
    [
        (None, "gone"),
        (forwarding({"arn:other": 1}), "arn:other 100 %"),
        ([{"Type": "forward", "TargetGroupArn": MONOLITH}], "monolith 100 %"),
        ([{"Type": "fixed-response"}], "nothing"),
        (forwarding({LIKE: 0, MONOLITH: 0}), "like 0 %, monolith 0 %"),
    ],
    ids=["no rule", "another group", "one group without weight", "no group", "no weight"],
)
def test_a_rule_that_leads_elsewhere_is_told(
    live: Live, settings: Settings, actions: list[dict[str, Any]] | None, now: str
) -> None:
    live.actions = actions
    (line,) = lines(settings)
    assert line.endswith(f"live is {now}")


def test_desired_count_and_task_definition_are_told(live: Live, settings: Settings) -> None:
    live.service |= {"desiredCount": 5, "taskDefinition": f"{TASKS}:4"}
    assert lines(settings) == [
        "desired count of mysfits-dev-like: the last deploy left 2, live is 5",
        "task definition of mysfits-dev-like: the last deploy left mysfits-dev-like:3, live is mysfits-dev-like:4",
    ]


def test_a_service_or_cluster_that_is_gone_is_told(live: Live, settings: Settings) -> None:
    live.service["status"] = "INACTIVE"
    assert [line.rpartition("live is ")[2] for line in lines(settings)] == ["gone", "gone"]
    live.cluster = False
    assert [line.rpartition("live is ")[2] for line in lines(settings)] == ["gone", "gone"]


@pytest.mark.usefixtures("live")
def test_without_a_state_there_is_nothing_to_compare_with(settings: Settings) -> None:
    settings.terraform_state.write_text("")
    assert lines(settings) == []
    settings.terraform_state.unlink()
    assert lines(settings) == []


@pytest.mark.usefixtures("live")
def test_a_state_of_another_version_is_refused_rather_than_guessed(settings: Settings) -> None:
    settings.terraform_state.write_text(json.dumps(state(version=5)))
    with pytest.raises(CommandError, match="version 5"):
        lines(settings)


@pytest.mark.parametrize("operation", ["describe_rules", "describe_services"])
def test_what_cannot_be_asked_is_an_error_and_no_drift(
    operation: str, live: Live, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "Throttling"}}, operation)

    monkeypatch.setattr(live, operation, refuse)
    with pytest.raises(ClientError, match="Throttling"):
        lines(settings)


def test_a_canary_in_rest_is_no_news_and_one_that_gets_requests_is(live: Live, settings: Settings) -> None:
    document = state()
    canary = "arn:canary"
    document["resources"].append(
        {
            "mode": "managed",
            "type": "aws_lb_target_group",
            "instances": [{"attributes": {"arn": canary, "name": "mysfits-dev-like-c"}}],
        }
    )
    (rule,) = [one for one in document["resources"] if one["instances"][0]["attributes"].get("arn") == "rule"]
    rule["instances"][0]["attributes"]["action"][0]["forward"][0]["target_group"].append({"arn": canary, "weight": 0})
    settings.terraform_state.write_text(json.dumps(document))
    live.actions = forwarding({LIKE: 50, MONOLITH: 50, canary: 0})
    (found,) = lines(settings)
    assert found.endswith("the last deploy left like 100 %, monolith 0 %, live is like 50 %, monolith 50 %")
    live.actions = forwarding({LIKE: 90, MONOLITH: 0, canary: 10})
    (found,) = lines(settings)
    assert found.endswith("left like 100 %, like-c 0 %, monolith 0 %, live is like 90 %, like-c 10 %, monolith 0 %")


def test_the_monoliths_group_for_others_goes_by_its_name_and_rests_in_its_own_rule(
    live: Live, settings: Settings
) -> None:
    document = state()
    for each in document["resources"]:
        attributes = each["instances"][0]["attributes"]
        if attributes.get("arn") == MONOLITH:
            attributes["name"] = "mysfits-dev-monolith-f"
    settings.terraform_state.write_text(json.dumps(document))
    live.actions = forwarding({LIKE: 1, MONOLITH: 3})
    (line,) = lines(settings)
    assert line.endswith("like 100 %, monolith 0 %, live is like 25 %, monolith 75 %")
    names = {"own": "monolith", "others": "monolith-f", "canary": "monolith-c"}
    assert drift.told(names, {"own": 100, "others": 0, "canary": 0}) == {"own": "monolith"}
    assert drift.told(names, {"own": 50, "others": 50}) == {"own": "monolith", "others": "monolith-f"}


def test_groups_inside_the_vpc_go_by_the_name_of_their_service() -> None:
    names = {"inside": "monolith-i", "canary": "monolith-n"}
    assert drift.told(names, {"inside": 100, "canary": 0}) == {"inside": "monolith"}
    assert drift.told(names, {"inside": 90, "canary": 10}) == {"inside": "monolith", "canary": "monolith-c"}
