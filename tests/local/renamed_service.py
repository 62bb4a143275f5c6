"""The service of the example `minimal`, to be given other names while visitors ask for its page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

from tests.local.load import Load
from tests.support import EmbeddedAws, wait_for

_CALL: Final = re.compile(r'^module "web" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
_NAME: Final = re.compile(r'^  name += "(.+)"$', re.MULTILINE)
_CLUSTER: Final = "shop"
_TARGET: Final = "-target=module.minimal"
"""Examples that are applied beside it stay as they are."""


@dataclass(frozen=True, kw_only=True)
class RenamedService:
    """It, wherever its load balancer listens.

    Attributes:
        main: the file of the example.
        terraform: runs a command with options where the examples are applied.
    """

    embedded_aws: EmbeddedAws
    main: Path
    port: int
    terraform: Callable[..., CompletedProcess[str]]

    @property
    def text(self) -> str:
        """The example as it stands."""
        return self.main.read_text(encoding="utf-8")

    @property
    def call(self) -> str:
        """The block that calls the module, in `text`."""
        (found,) = _CALL.findall(self.text)
        return str(found)

    @property
    def name(self) -> str:
        """What it is called now."""
        (found,) = _NAME.findall(self.call)
        return str(found)

    def load(self) -> Load:
        """Visitors."""
        return Load(f"http://localhost:{self.port}", path="/")

    def apply(self, text: str) -> None:
        """Apply the example as `text`."""
        answer = self._apply(text)
        assert answer.returncode == 0, answer.stderr

    def refusal(self, text: str) -> str:
        """Apply the example as `text`, which ends with an error: what is said of it, in one line."""
        answer = self._apply(text)
        assert answer.returncode == 1, answer.stdout
        return " ".join(answer.stderr.replace("│", " ").split())

    def _apply(self, text: str) -> CompletedProcess[str]:
        self.main.write_text(text, encoding="utf-8")
        got = self.terraform("get")
        assert got.returncode == 0, got.stderr
        return self.terraform("apply", "-auto-approve", _TARGET)

    def require_no_change(self) -> None:
        """See that another plan is empty."""
        answer = self.terraform("plan", "-detailed-exitcode", _TARGET)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    def has(self, name: str) -> bool:
        """Whether AWS has all that belongs to a service of this name; fails where it has some of it."""
        kinds = {kind: any(one.startswith(name) for one in names) for kind, names in self._names()}
        assert len(set(kinds.values())) == 1, kinds
        return all(kinds.values())

    def ecs_services(self) -> list[str]:
        """Names of those that are there."""
        arns = self.embedded_aws.client("ecs").list_services(cluster=_CLUSTER)["serviceArns"]
        return [arn.rpartition("/")[2] for arn in arns]

    def task_definition(self, service: str) -> str:
        """ARN of the revision that ECS keeps for a service."""
        (found,) = self.embedded_aws.client("ecs").describe_services(cluster=_CLUSTER, services=[service])["services"]
        return str(found["taskDefinition"])

    def role_paths(self) -> set[str]:
        """Paths of its roles."""
        roles = self.embedded_aws.client("iam").list_roles()["Roles"]
        return {role["Path"] for role in roles if role["RoleName"].startswith(f"{self.name}-")}

    def times(self, name: str, event: str, status: str) -> list[datetime]:
        """When something happened to the tasks of this name and status, such as ``startedAt``."""
        ecs = self.embedded_aws.client("ecs")
        arns = ecs.list_tasks(cluster=_CLUSTER, family=name, desiredStatus=status)["taskArns"]
        return [task[event] for task in ecs.describe_tasks(cluster=_CLUSTER, tasks=arns)["tasks"]]

    def _names(self) -> Iterator[tuple[str, list[str]]]:
        def client(service: str) -> Any:
            return self.embedded_aws.client(service)

        yield "service", self.ecs_services()
        arns = client("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
        yield "task definition", [arn.rpartition("/")[2] for arn in arns]
        groups = client("elbv2").describe_target_groups()["TargetGroups"]
        yield "target group", [group["TargetGroupName"] for group in groups]
        yield "roles", [role["RoleName"] for role in client("iam").list_roles()["Roles"]]
        yield "security group", [one["GroupName"] for one in client("ec2").describe_security_groups()["SecurityGroups"]]


def require_served(load: Load) -> None:
    """Wait for some more answers, and see that no request failed meanwhile."""
    seen, failed = len(load.answers), len(load.failures)
    wait_for(lambda: len(load.answers) > seen + 20, what="visitors are answered")
    assert len(load.failures) == failed, load.failures[failed:]
