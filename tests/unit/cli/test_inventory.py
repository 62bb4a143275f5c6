"""Lists of the APIs are read to their end, and rules as they may be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import inventory


class Paged:
    """ECS with twelve services, and ELBv2 with two pages of everything; ``missing`` are error codes."""

    def __init__(self, *missing: str) -> None:
        self._missing = missing
        self._services = [f"service-{number}" for number in range(12)]
        self.described: list[int] = []

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)

    def refuse(self, code: str) -> None:
        if code in self._missing:
            raise ClientError({"Error": {"Code": code}}, "Describe")

    def pages(self, operation: str) -> tuple[str, list[list[Any]]]:
        match operation:
            case "list_services":
                self.refuse("ClusterNotFoundException")
                self.refuse("AccessDeniedException")
                return "serviceArns", [self._services[:10], self._services[10:]]
            case "describe_target_groups":
                groups = [{"TargetGroupArn": f"arn:{name}", "TargetGroupName": name} for name in ("a", "b")]
                return "TargetGroups", [groups[:1], groups[1:]]
            case "describe_listeners":
                return "Listeners", [[{"ListenerArn": "theirs", "Port": 1}], [{"ListenerArn": "ours", "Port": 80}]]
        return "Rules", [[{"Priority": "1"}], [{"Priority": "2"}]]

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        assert cluster == "shop"
        self.described.append(len(services))
        return {
            "services": [
                {"serviceName": name, "status": "INACTIVE" if name == "service-3" else "ACTIVE"} for name in services
            ]
        }

    def describe_load_balancers(self, *, Names: list[str]) -> dict[str, Any]:
        self.refuse("LoadBalancerNotFound")
        self.refuse("Throttling")
        return {"LoadBalancers": [{"LoadBalancerArn": name} for name in Names]}


class Pages:
    """One list of ``Paged``."""

    def __init__(self, client: Paged, operation: str) -> None:
        self._client = client
        self._operation = operation

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        assert asked.get("ListenerArn", "ours") == "ours"
        key, pages = self._client.pages(self._operation)
        for page in pages:
            yield {key: page}


def test_more_services_than_the_api_shows_or_describes_at_once_are_all_found() -> None:
    ecs = Paged()
    found = inventory.services(ecs, "shop")
    assert ecs.described == [10, 2]
    assert len(found) == 11
    assert "service-3" not in {service["serviceName"] for service in found}


def test_every_page_of_target_groups_and_rules_is_read() -> None:
    elb = Paged()
    assert inventory.target_groups(elb) == {"arn:a": "a", "arn:b": "b"}
    assert [rule["Priority"] for rule in inventory.rules(elb, "shop", port=80)] == ["1", "2"]
    assert inventory.rules(elb, "shop", port=81) == []


def test_what_is_not_there_has_nothing_and_what_is_refused_is_an_error() -> None:
    assert inventory.services(Paged("ClusterNotFoundException"), "shop") == []
    assert inventory.rules(Paged("LoadBalancerNotFound"), "shop", port=80) == []
    with pytest.raises(ClientError, match="AccessDenied"):
        inventory.services(Paged("AccessDeniedException"), "shop")
    with pytest.raises(ClientError, match="Throttling"):
        inventory.rules(Paged("Throttling"), "shop", port=80)


def test_weights_are_those_of_every_target_group_that_a_rule_forwards_to() -> None:
    groups = [{"TargetGroupArn": "arn:a", "Weight": 3}, {"TargetGroupArn": "arn:b"}]
    weighted = {"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}
    assert inventory.weights_of(weighted) == {"arn:a": 3, "arn:b": 1}
    assert inventory.weights_of({"Actions": [{"Type": "forward", "TargetGroupArn": "arn:a"}]}) == {"arn:a": 1}
    assert inventory.weights_of({"Actions": [{"Type": "fixed-response"}]}) == {}


PATHS = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/orders", "/orders/*"]}}
METHODS = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST", "PUT"]}}


@pytest.mark.parametrize(
    ("conditions", "label"),
    [
        ([PATHS], "/orders, /orders/*"),
        ([METHODS, PATHS], "POST/PUT /orders, /orders/*"),
        ([{"Field": "path-pattern", "Values": ["/*"]}], "/*"),
        ([METHODS], ""),
        ([], ""),
    ],
)
def test_a_rule_is_named_by_its_methods_and_paths(conditions: list[dict[str, Any]], label: str) -> None:
    assert inventory.label_of({"Conditions": conditions}) == label
