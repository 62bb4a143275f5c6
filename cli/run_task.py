"""Lab 2: one task of a service outside the service, with a public address, called once and stopped."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from cli import aws, task_log
from cli.errors import REFUSED, CommandError
from cli.progress import Progress, print_table
from settings.settings import Settings
from systems.system import System

_START_SECONDS: Final = 180.0
_ANSWER_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 120.0
_LOG_SECONDS: Final = {"local": 3.0, "aws": 10.0}
"""How long after the end of a task its last log line may come: Fargate's log driver sends what it has every 5 s and at
the task's end, and CloudWatch Logs shows that some seconds later."""


def run_task(settings: Settings, outputs: Mapping[str, Any], service: str, progress: Progress) -> None:
    """Run a task of ``service``, ask it for something from its public address, show its whole log, stop it.

    Raises:
        CommandError: no such service, or the task did not start or answer.
    """
    services = outputs.get("services", {})
    if service not in services:
        hint = f"try SERVICE={' or SERVICE='.join(sorted(services))}" if services else "run make deploy first"
        raise CommandError(f"SERVICE={service} does not run in this stage; {hint}.", exit_code=REFUSED)
    of_service, paths = services[service], _paths(settings.system, service)
    ecs, cluster = aws.client(settings, "ecs"), outputs["cluster_name"]
    with _doorway(settings, outputs["vpc_id"]) as security_group:
        network = {
            "subnets": [outputs["public_subnet_ids"][0]],
            "securityGroups": [of_service["security_group_id"], security_group],
            "assignPublicIp": "ENABLED",
        }
        answer = ecs.run_task(
            cluster=cluster,
            taskDefinition=of_service["task_definition_arn"],
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            startedBy="make run-task",
        )
        if not answer["tasks"]:
            raise CommandError(f"ECS did not start the task: {answer['failures']}")
        arn, request_id = answer["tasks"][0]["taskArn"], f"run-task-{secrets.token_hex(4)}"
        try:
            with progress.step(f"Starting a task of {service}"):
                address = _address(settings, _wait_until_running(ecs, cluster, arn))
                answers = {path: _get(f"http://{address}{path}", request_id) for path in paths}
        finally:
            with progress.step("Stopping it"):
                _stop(ecs, cluster, arn)
    # A task that has ended has handed over its whole log, so that there is less to wait for.
    lines = _log(
        settings,
        of_service["task_definition_arn"],
        arn.rpartition("/")[2],
        request_id=request_id,
        path=paths[-1],
        progress=progress,
    )
    rows = [("Task", arn), ("Public address", address)]
    print_table("Task", rows + [(f"GET {path}", text) for path, text in answers.items()])
    print_table("Log", [(f"{number}", line) for number, line in enumerate(lines, start=1)] or [("-", "no lines")])


def _paths(system: System, name: str) -> tuple[str, ...]:
    """What is asked, in this order: what load balancers check, and the first thing to read that needs no argument.

    Our services write no log line for the former.
    """
    service = system.images[name]
    readable = [one for one in (*service.routes, *system.monolith.routes) if one.method == "GET" and not one.arguments]
    return (service.health_check_path, *(route.path for route in readable[:1]))


@contextlib.contextmanager
def _doorway(settings: Settings, vpc_id: str) -> Iterator[str]:
    """A security group that lets anyone call port 80, for as long as the task runs."""
    ec2 = aws.client(settings, "ec2")
    tags = [{"Key": key, "Value": value} for key, value in settings.tags.items()]
    group: str = ec2.create_security_group(
        GroupName=settings.name("run-task"),
        Description="Requests to a task of make run-task",
        VpcId=vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    try:
        ec2.authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
        )
        yield group
    finally:
        _delete_group(ec2, group)


def _delete_group(ec2: Any, group: str) -> None:
    """The interface of a stopped task keeps its group for some seconds."""
    deadline = time.monotonic() + _STOP_SECONDS
    while True:
        try:
            ec2.delete_security_group(GroupId=group)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "DependencyViolation" or time.monotonic() > deadline:
                raise
            time.sleep(2)


def _wait_until_running(ecs: Any, cluster: str, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        task: dict[str, Any] = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]
        if task["lastStatus"] == "RUNNING":
            return task
        if task["lastStatus"] == "STOPPED":
            raise CommandError(f"The task stopped before it ran: {task.get('stoppedReason', 'no reason given')}")
        time.sleep(0.5)
    raise CommandError(f"The task was not running after {_START_SECONDS:.0f} s; see its events in ECS.")


def _address(settings: Settings, task: Mapping[str, Any]) -> str:
    """Public address of the task's interface; where the embedded ECS bound another port than 80, with that port."""
    details = {detail["name"]: detail.get("value") for detail in task["attachments"][0]["details"]}
    ec2 = aws.client(settings, "ec2")
    interface = ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])
    public = str(interface["NetworkInterfaces"][0]["Association"]["PublicIp"])
    bindings = task["containers"][0].get("networkBindings") or []
    return f"{public}:{bindings[0]['hostPort']}" if bindings else public


def _log(
    settings: Settings, definition_arn: str, task_id: str, *, request_id: str, path: str, progress: Progress
) -> list[str]:
    """Every line of the task, those of our own request for ``path`` included."""
    ecs, logs = aws.client(settings, "ecs"), aws.client(settings, "logs")
    definition = ecs.describe_task_definition(taskDefinition=definition_arn)["taskDefinition"]
    group, stream = task_log.stream_of(definition, task_id)
    asked = f"GET {path} "  # NGINX writes what was asked, our services the id of the request

    seconds = _LOG_SECONDS[settings.target]
    with progress.step(f"Waiting for a line about GET {path} in {group}, {seconds:.0f} s at most"):
        lines, came = task_log.read_until(
            lambda: task_log.read(logs, group, stream),
            lambda line: request_id in line or asked in line,
            timeout_seconds=seconds,
        )
    if not came:
        progress.say(
            f"None came: {settings.system.name} may log no requests, or later; look in {group}, stream {stream}"
        )
    return lines


def _get(url: str, request_id: str) -> str:
    """Status and size of the answer; tried again while the container starts."""
    request = urllib.request.Request(url, headers={"X-Request-Id": request_id})  # noqa: S310 # nosec B310 - http and our own
    deadline = time.monotonic() + _ANSWER_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 # nosec B310 - http and our own
                return f"{answer.status}, {_summary(answer.read())}"
        except urllib.error.HTTPError as error:
            return f"{error.code}, {error.reason}"
        except (urllib.error.URLError, ConnectionError, TimeoutError) as problem:
            if time.monotonic() > deadline:
                raise CommandError(f"{url} did not answer within {_ANSWER_SECONDS:.0f} s: {problem}") from problem
            time.sleep(0.3)


def _summary(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return f"{len(body)} bytes"
    items = document.items() if isinstance(document, dict) else ()
    lists = {name: value for name, value in items if isinstance(value, list)}
    return ", ".join(f"{len(value)} {name}" for name, value in lists.items()) or body.decode()


def _stop(ecs: Any, cluster: str, arn: str) -> None:
    ecs.stop_task(cluster=cluster, task=arn, reason="make run-task has seen enough")
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        if ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]["lastStatus"] == "STOPPED":
            return
        time.sleep(0.5)
