"""ELBv2 where moto differs from AWS: where load balancers listen, how targets are, and what rules may say."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from moto.elbv2.exceptions import DuplicateLoadBalancerName, TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeLoadBalancer, FakeRule

from embedded.network import LOOPBACK
from embedded.overriding import override
from embedded.registration import OurBackend


class KnownTargets(Protocol):
    """What is known of targets; ``embedded.alb.controller`` knows it."""

    def known(self, group_arn: str) -> list[tuple[str, int]]:
        """Address and port of every target of the group, draining ones included."""

    def status(self, group_arn: str, address: str) -> tuple[str, str | None, str | None] | None:
        """State, reason code and description of a target; None when it is none."""


class EmbeddedElb(OurBackend, ELBv2Backend):
    """moto's ELBv2, whose load balancers carry traffic.

    Attributes:
        targets: of all its target groups.
    """

    targets: ClassVar[KnownTargets]

    @override
    def create_load_balancer(  # noqa: PLR0917 - moto's positions
        self,
        name: str,
        security_groups: list[str],
        subnet_ids: list[str],
        subnet_mappings: list[dict[str, str]] | None = None,
        scheme: str = "internet-facing",
        loadbalancer_type: str | None = None,
        ip_address_type: str = "ipv4",
        tags: list[dict[str, str]] | None = None,
    ) -> FakeLoadBalancer:
        """moto's has a DNS name that resolves nowhere; these listen on loopback. Upstream issue: none, it is a mock.

        A call that is made again gets what is there; moto makes a second one of that name. Upstream issue: none.
        """
        there: Any = next((one for one in self.load_balancers.values() if one.name == name), None)
        if there is not None:
            subnets = [*(subnet_ids or ()), *(mapping["SubnetId"] for mapping in subnet_mappings or ())]
            wanted = (
                scheme,
                loadbalancer_type or "application",
                set(subnets),
                set(security_groups or there.security_groups),
            )
            found = (there.scheme, there.type, {one.id for one in there.subnets}, set(there.security_groups))
            if wanted != found:
                raise DuplicateLoadBalancerName
            return there  # type: ignore[no-any-return]
        balancer = super().create_load_balancer(
            name,
            security_groups,
            subnet_ids,
            subnet_mappings=subnet_mappings,
            scheme=scheme,
            loadbalancer_type=loadbalancer_type,
            ip_address_type=ip_address_type,
            tags=tags,
        )
        balancer.dns_name = LOOPBACK
        return balancer

    @override
    def describe_target_health(self, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
        """moto calls every registered target healthy, and drained ones unused at once.

        Upstream issue: getmoto/moto#7692, closed when deregistered targets became unused; draining is still left out.
        """
        group = self.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError
        known = self.targets.known(target_group_arn)
        wanted = targets or [{"Id": address, "Port": port} for address, port in known]
        return [self._health(group, target) for target in wanted]

    def _health(self, group: Any, target: dict[str, Any]) -> FakeHealthStatus:
        status = self.targets.status(group.arn, target["Id"])
        state, reason, description = status or (
            "unused",
            "Target.NotRegistered",
            "Target is not registered to the target group",
        )
        port = target.get("Port", group.port)
        return FakeHealthStatus(target["Id"], port, str(port), state, reason, description)

    @override
    def _validate_conditions(self, conditions: list[dict[str, Any]]) -> None:
        """moto's checks are narrower than ours here and there, and fail on what they do not know.

        Upstream issue: none.
        """

    @override
    def set_rule_priorities(self, rule_priorities: list[dict[str, Any]]) -> list[FakeRule]:
        """Set all at once: two rules may change places, which moto refuses. Upstream issue: none."""
        changed = []
        for each in rule_priorities:
            (rule,) = self.describe_rules(listener_arn=None, rule_arns=[each["RuleArn"]])
            rule.priority = each["Priority"]
            changed.append(rule)
        return changed
