"""A toy service in the embedded ECS, made through the AWS API alone: network, load balancer, registry, service."""

from __future__ import annotations

import json
import tempfile
import textwrap
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from embedded.image_build.build import Source, build
from embedded.image_build.python_environments import PythonEnvironments
from embedded.images import snapshot_dir
from tests.support import EmbeddedAws, wait_for

PROGRAM = textwrap.dedent('''
    """Answers with its version and process id; told by its environment to misbehave."""
    import http.server, os, signal, sys, time

    if os.environ.get("EXIT_CODE"):
        print("toy gives up", flush=True)
        sys.exit(int(os.environ["EXIT_CODE"]))
    if os.environ.get("IGNORE_TERM"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    time.sleep(float(os.environ.get("START_SECONDS", "0")))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_GET(self):
            if self.path == "/slow":
                time.sleep(1.5)
            status = int(os.environ.get("STATUS" if self.path == "/" else "LOAD_STATUS", "200"))
            if self.path == "/fail":
                status = 500
            body = f"{os.environ['VERSION']} {os.getpid()} {os.environ.get('SECRET', '')}".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *arguments):
            pass

    print(f"toy {os.environ['VERSION']} listens", flush=True)
    http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
''')

FAST_CHECKS: Mapping[str, Any] = {
    "HealthCheckPath": "/",
    "HealthCheckIntervalSeconds": 5,
    "HealthCheckTimeoutSeconds": 2,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 2,
}


class ToyService:
    """One ECS service behind one listener of the embedded AWS.

    ``drain_seconds`` is its deregistration delay; revisions are registered by ``revision`` and rolled out by ``roll``.
    """

    def __init__(
        self, aws: EmbeddedAws, *, desired: int = 2, drain_seconds: int = 1, stop_timeout_seconds: int = 5
    ) -> None:
        self.aws = aws
        self.name = f"toy-{uuid.uuid4().hex[:8]}"
        self.ecs, self.elb, self.logs = aws.client("ecs"), aws.client("elbv2"), aws.client("logs")
        self._stop_timeout_seconds = stop_timeout_seconds
        self.group = f"/toy/{self.name}"
        self._subnet, self._security_group, vpc = self._network()
        self.target_group = self._load_balancer(vpc, drain_seconds)
        self.logs.create_log_group(logGroupName=self.group)
        self.image = self.publish()
        self.ecs.create_cluster(clusterName=self.name)
        self._desired = desired

    def reconnect(self) -> None:
        """After a restart of the embedded AWS, which takes other credentials."""
        self.ecs, self.elb, self.logs = (self.aws.client(service) for service in ("ecs", "elbv2", "logs"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.aws.settings.alb_port}"

    def publish(self, program: str = PROGRAM) -> str:
        """Publish ``program`` as an image; its reference."""
        return self.publish_files(
            {"Dockerfile": 'FROM scratch\nCOPY toy.py /app/\nCMD ["python", "/app/toy.py"]\n', "toy.py": program}
        )

    def publish_files(self, files: Mapping[str, str], *, say: Callable[[str], None] = print) -> str:
        """Build an image from the texts of these files, one of them the Dockerfile, and publish it; its reference."""
        tag = uuid.uuid4().hex[:12]
        state_dir = self.aws.settings.state_dir
        folder = snapshot_dir(state_dir, self.name, tag)
        folder.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                (Path(root) / path).write_text(text)
            source = Source(root=Path(root), dockerfile="Dockerfile", files=tuple(files), arguments={})
            build(source, folder, environments=PythonEnvironments(state_dir), say=say)
        return self.enter(tag)

    def enter(self, tag: str) -> str:
        """Enter an image that is in its place in the registry; its reference."""
        ecr = self.aws.client("ecr")
        known = [repository["repositoryName"] for repository in ecr.describe_repositories()["repositories"]]
        if self.name not in known:
            ecr.create_repository(repositoryName=self.name, imageTagMutability="IMMUTABLE")
        media_type = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "tag": tag})
        ecr.put_image(repositoryName=self.name, imageTag=tag, imageManifest=manifest, imageManifestMediaType=media_type)
        uri: str = ecr.describe_repositories(repositoryNames=[self.name])["repositories"][0]["repositoryUri"]
        return f"{uri}:{tag}"

    def revision(
        self,
        version: str,
        *,
        image: str | None = None,
        secret: str | None = None,
        more: Mapping[str, Any] | None = None,
        beside: Mapping[str, Mapping[str, Any]] | None = None,
        **environment: str,
    ) -> str:
        """Register a task definition; its ARN.

        Args:
            version: what its answers begin with.
            image: by default that of PROGRAM.
            secret: where the value of SECRET comes from.
            more: keys of the container definition.
            beside: such keys of other containers of the task, by their names; each has the same image.
            environment: of the container.
        """
        container: dict[str, Any] = {
            "name": "toy",
            "image": image or self.image,
            "essential": True,
            "portMappings": [{"containerPort": 80}],
            "environment": [
                {"name": name, "value": value} for name, value in {"VERSION": version, **environment}.items()
            ],
            "secrets": [{"name": "SECRET", "valueFrom": secret}] if secret else [],
            "stopTimeout": self._stop_timeout_seconds,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": self.group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "toy"},
            },
            **(more or {}),
        }
        others = [{"name": name, "image": self.image, **keys} for name, keys in (beside or {}).items()]
        answer = self.ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::000000000000:role/toy-execution",
            containerDefinitions=[container, *others],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def create(self, definition: str, *, grace_seconds: int = 0, alarms: Sequence[str] = ()) -> None:
        """Create the service; ``alarms`` are names of those that end a deployment and roll it back."""
        self.ecs.create_service(
            cluster=self.name,
            serviceName=self.name,
            taskDefinition=definition,
            desiredCount=self._desired,
            launchType="FARGATE",
            healthCheckGracePeriodSeconds=grace_seconds,
            loadBalancers=[{"targetGroupArn": self.target_group, "containerName": "toy", "containerPort": 80}],
            networkConfiguration=self.network,
            deploymentConfiguration={
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "alarms": {"alarmNames": list(alarms), "enable": bool(alarms), "rollback": True},
            },
        )

    def roll(self, definition: str) -> None:
        """Ask for another task definition."""
        self.ecs.update_service(cluster=self.name, service=self.name, taskDefinition=definition)

    @property
    def network(self) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": [self._subnet], "securityGroups": [self._security_group]}}

    def describe(self) -> dict[str, Any]:
        """The service as DescribeServices shows it."""
        found: dict[str, Any] = self.ecs.describe_services(cluster=self.name, services=[self.name])["services"][0]
        return found

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """Tasks of the service with this desired status."""
        arns = self.ecs.list_tasks(cluster=self.name, serviceName=self.name, desiredStatus=status)["taskArns"]
        found: list[dict[str, Any]] = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []
        return found

    def steady(self, definition: str | None = None, *, timeout_seconds: float = 40.0) -> dict[str, Any]:
        """Wait for what Terraform's ``wait_for_steady_state`` waits for; the service then."""

        def is_steady() -> dict[str, Any] | None:
            service = self.describe()
            done = len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]
            done = done and service["deployments"][0]["rolloutState"] == "COMPLETED"
            return service if done and service["taskDefinition"] == (definition or service["taskDefinition"]) else None

        found = wait_for(is_steady, what=f"{self.name} is steady", timeout_seconds=timeout_seconds)
        assert found is not None
        return found

    def target_states(self) -> list[str]:
        """State of every target, sorted."""
        health = self.elb.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return sorted(target["TargetHealth"]["State"] for target in health)

    def log_lines(self) -> list[str]:
        """Every line of the log group."""
        streams = self.logs.describe_log_streams(logGroupName=self.group)["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in self.logs.get_log_events(logGroupName=self.group, logStreamName=stream["logStreamName"])[
                "events"
            ]
        ]

    def delete(self) -> None:
        """Delete service and load balancer, and wait until no task is left."""
        if self.ecs.list_services(cluster=self.name)["serviceArns"]:
            self.ecs.delete_service(cluster=self.name, service=self.name, force=True)
            wait_for(lambda: self.describe()["status"] == "INACTIVE", what="the service is gone")
        for balancer in self.elb.describe_load_balancers()["LoadBalancers"]:
            for listener in self.elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                self.elb.delete_listener(ListenerArn=listener["ListenerArn"])
            self.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])

    def _network(self) -> tuple[str, str, str]:
        ec2 = self.aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName=self.name, Description="toy", VpcId=vpc)["GroupId"]
        return subnet, group, vpc

    def _load_balancer(self, vpc: str, drain_seconds: int) -> str:
        ec2 = self.aws.client("ec2")
        second = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.2.0/24", AvailabilityZone="us-east-1b")["Subnet"][
            "SubnetId"
        ]
        balancer = self.elb.create_load_balancer(Name=self.name, Subnets=[self._subnet, second])["LoadBalancers"][0]
        group = self.elb.create_target_group(
            Name=self.name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip", **FAST_CHECKS
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(
            TargetGroupArn=group,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(drain_seconds)}],
        )
        self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=self.aws.settings.alb_port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return str(group)
