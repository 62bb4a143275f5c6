"""ECS, EC2 and CloudWatch Logs of an account in which one task runs, and a clock that stands still."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

ARN: Final = "arn:aws:ecs:us-east-1:1:task/mysfits-dev/0123"


class Cloud:
    """ECS, EC2 and the log of one task.

    Attributes:
        states: of the task at every look; the last one stays.
        stops_by: its states from when it is asked to stop.
        dependents: how often the security group cannot be deleted yet.
        calls: names of what was called, in order, looks left out.
    """

    def __init__(self) -> None:
        self.states = ["PROVISIONING", "RUNNING"]
        self.stopped_reason: str | None = None
        self.starts = True
        self.stops_by = ["STOPPING", "STOPPED"]
        self.dependents = 0
        self.host_port: int | None = 31_000
        self.calls: list[str] = []
        self.asked: dict[str, Any] = {}
        self.lines: list[str] = []

    def _note(self, call: str, asked: Any) -> None:
        self.calls.append(call)
        self.asked[call] = asked

    def create_security_group(self, **asked: Any) -> dict[str, Any]:
        self._note("create_security_group", asked)
        return {"GroupId": "sg-door"}

    def authorize_security_group_ingress(self, **asked: Any) -> None:
        self._note("authorize", asked)

    def delete_security_group(self, *, GroupId: str) -> None:
        self._note("delete_security_group", GroupId)
        if self.dependents:
            self.dependents -= 1
            raise ClientError({"Error": {"Code": "DependencyViolation"}}, "DeleteSecurityGroup")

    def run_task(self, **asked: Any) -> dict[str, Any]:
        self._note("run_task", asked)
        return {"tasks": [{"taskArn": ARN}] if self.starts else [], "failures": [{"reason": "RESOURCE:CPU"}]}

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
        assert (cluster, tasks) == ("mysfits-dev", [ARN])
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        bindings = [{"hostPort": self.host_port}] if self.host_port else []
        details = [{"name": "subnetId", "value": "subnet-1"}, {"name": "networkInterfaceId", "value": "eni-1"}]
        task: dict[str, Any] = {"lastStatus": state, "attachments": [{"details": details}]}
        task["containers"] = [{"networkBindings": bindings}]
        if self.stopped_reason is not None:
            task["stoppedReason"] = self.stopped_reason
        return {"tasks": [task]}

    def describe_network_interfaces(self, *, NetworkInterfaceIds: list[str]) -> dict[str, Any]:
        assert NetworkInterfaceIds == ["eni-1"]
        return {"NetworkInterfaces": [{"Association": {"PublicIp": "127.0.0.9"}}]}

    def stop_task(self, **asked: Any) -> None:
        self._note("stop_task", asked)
        self.states = list(self.stops_by)

    def describe_task_definition(self, *, taskDefinition: str) -> dict[str, Any]:
        assert taskDefinition == "arn:td:1"
        options = {"awslogs-group": "/mysfits/dev/monolith", "awslogs-stream-prefix": "task"}
        container = {"name": "monolith", "logConfiguration": {"options": options}}
        return {"taskDefinition": {"containerDefinitions": [container]}}

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        assert asked["logStreamName"] == "task/monolith/0123"
        begin = int(asked.get("nextToken", "f/0")[2:])
        events = [{"message": line} for line in self.lines[begin:]]
        return {"events": events, "nextForwardToken": f"f/{len(self.lines)}"}


class Clock:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
