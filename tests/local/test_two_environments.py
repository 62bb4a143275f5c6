"""Two environments on one embedded AWS, one's name the beginning of the other's: no command touches the neighbour.

The second has an internal load balancer for the monolith's facade: its first deploy waits for both at once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from cli import aws
from embedded import port_claims
from embedded.settings import ACCOUNT_ID
from modules.fargate_service.shapes import CANARY_SUFFIX
from settings.settings import Settings
from systems.checkout import ROOT
from systems.facade_way import FacadeWay
from tests.ahead import Ahead
from tests.conftest import Deployed, first_deploy, run_make
from tests.local.load import Load
from tests.support import environment_of, quiet_ports, wait_for

EVANGELINE = "4e53920c-505a-4a90-a694-b9300791f0ae"

_NAMED_KINDS = ("ecs/cluster", "ecs/service", "ecr/repository", "dynamodb/table", "s3/bucket")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The deployment that all tests share, and one beside it, whose name begins with the first one's."""

    first: Settings
    second: Settings


def make(env: Settings, goal: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run ``make goal`` for an environment, whose ports it has to find by itself."""
    environ = environment_of(env)
    for name in ("ALB_PORT", "AWS_PORT", "SITE_PORT", "INTERNAL_PORT"):
        environ.pop(name, None)
    answer = subprocess.run(["make", "-s", goal], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert not check or answer.returncode == 0, f"make {goal} failed:\n{answer.stdout}\n{answer.stderr}"
    return answer


def _deploy_beside(ahead: Ahead) -> Pair:
    """A second environment, once the shared deployment is there.

    Another thread may use the first one's synthesis folder meanwhile; from then on both have that one.
    """
    first = ahead.result(first_deploy).settings
    second = _beside(first, "b")
    run_make(dataclasses.replace(second, out_dir=first.state_dir / "cdktf.out-b"), "deploy")
    return Pair(first=first, second=second)


def _beside(first: Settings, suffix: str) -> Settings:
    """Another environment of the same embedded AWS, whose name begins with that of ``first``."""
    used = {first.alb_port, first.aws_port, first.site_port}
    alb_port, site_port, internal_port = [port for port in quiet_ports(6) if port not in used][:3]
    return dataclasses.replace(
        first,
        env=f"{first.env}-{suffix}",
        alb_port=alb_port,
        site_port=site_port,
        internal_port=internal_port,
        facade=FacadeWay.INTERNAL,
    )


@pytest.fixture(scope="module")
def pair(deployment: Deployed, ahead: Ahead) -> Iterator[Pair]:
    try:
        yield ahead.result(_deploy_beside)
    finally:
        run_make(_beside(deployment.settings, "b"), "destroy", check=False)


def test_ports_of_another_environment_are_refused_before_anything_is_applied(deployment: Deployed) -> None:
    first, second = deployment.settings, _beside(deployment.settings, "c")
    taken = dataclasses.replace(second, alb_port=first.alb_port, site_port=first.site_port)
    refused = run_make(taken, "deploy", check=False)
    assert refused.returncode == 2
    assert (
        f"ALB_PORT={first.alb_port} is taken by the load balancer of the environment {first.name()} and "
        in refused.stderr
    )
    assert f"SITE_PORT={first.site_port} is taken by the website of the environment {first.name()};" in refused.stderr
    assert not second.terraform_state.exists()
    assert f"Nothing is deployed as {second.name()}" in make(second, "status", check=False).stderr


@pytest.mark.ahead(work=_deploy_beside)
def test_likes_count_once_by_the_internal_load_balancer_and_the_public_one_refuses_the_facade(pair: Pair) -> None:
    env = pair.second
    public, inside = (f"http://127.0.0.1:{port}/mysfits/{EVANGELINE}" for port in (env.alb_port, env.internal_port))
    keys = [f"{number:08}-0000-4000-8000-000000000000" for number in range(60)]

    def like(key: str) -> tuple[int, str]:
        answer = requests.post(f"{public}/like", headers={"Idempotency-Key": key}, timeout=15)
        return answer.status_code, answer.headers["X-Fulfilled-By"]

    before = requests.get(public, timeout=5).json()["likes"]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert set(pool.map(like, [*keys, *keys[:20]])) == {(200, "monolith")}
    assert requests.get(public, timeout=5).json()["likes"] == before + len(keys)
    wait_for(lambda: _requests_inside(env), what="the load balancer inside has counted them")

    answers = {url: _fulfill(env, url) for url in (public, inside)}
    assert {url: answer.status_code for url, answer in answers.items()} == {public: 403, inside: 200}
    assert answers[public].json()["detail"] == "This path is not public."
    assert requests.get(public, timeout=5).json()["likes"] == before + len(keys) + 1
    assert requests.get(inside, timeout=5).status_code == 404, "it leads to the facade and nowhere else"
    assert make(env, "plan").stdout.split() == ["no", "changes"]


def _requests_inside(env: Settings) -> float:
    """Requests that the monolith had from the internal load balancer."""
    group = aws.client(env, "elbv2").describe_target_groups(Names=[env.name("monolith-i")])["TargetGroups"][0]
    (balancer,) = group["LoadBalancerArns"]
    now = dt.datetime.now(dt.UTC)
    points = aws.client(env, "cloudwatch").get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="RequestCount",
        Dimensions=[
            {"Name": "TargetGroup", "Value": group["TargetGroupArn"].rpartition(":")[2]},
            {"Name": "LoadBalancer", "Value": balancer.partition("loadbalancer/")[2]},
        ],
        StartTime=now - dt.timedelta(minutes=10),
        EndTime=now + dt.timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(float(point["Sum"]) for point in points)


def _fulfill(env: Settings, url: str) -> requests.Response:
    """One like by the facade, with the key that the like service has."""
    definition = aws.client(env, "ecs").describe_task_definition(taskDefinition=env.name("like"))["taskDefinition"]
    secrets = {one["name"]: one["valueFrom"] for one in definition["containerDefinitions"][0]["secrets"]}
    found = aws.client(env, "ssm").get_parameter(Name=secrets["FULFILL_KEY"], WithDecryption=True)
    assert env.system.facade is not None
    headers = {env.system.facade.key_header: found["Parameter"]["Value"], "Idempotency-Key": str(uuid.uuid4())}
    return requests.post(f"{url}/fulfill-like", headers=headers, timeout=15)


@pytest.mark.ahead(work=_deploy_beside)
def test_two_environments_share_an_embedded_aws_and_nothing_else(pair: Pair) -> None:
    _each_command_sees_its_own(pair)
    _each_website_is_its_own(pair)
    _a_destroyed_one_is_gone_and_the_other_goes_on(pair)


def _each_command_sees_its_own(pair: Pair) -> None:
    for mine, other in ((pair.first, pair.second), (pair.second, pair.first)):
        report = make(mine, "status").stdout
        assert f"http://127.0.0.1:{mine.alb_port}" in report
        assert f"http://127.0.0.1:{other.alb_port}" not in report
        assert f"{mine.name('monolith')} " in report
        assert f"{other.name('monolith')} " not in report
        task = make(mine, "run-task").stdout
        assert f":task/{mine.name()}/" in task
        assert "GET /mysfits " in task
        left = make(mine, "audit")
        assert f"the deployment of {mine.name()} consists of them" in left.stderr
        assert left.stdout.count("ec2/natgateway") == 1
        names = {line.split()[1] for line in left.stdout.splitlines() if line.startswith(_NAMED_KINDS)}
        assert names == {
            mine.name(),
            *(mine.name(service) for service in mine.system.images),
            *(mine.name(service) + CANARY_SUFFIX for service in ("monolith", *mine.stage_row.separate)),
            *mine.table_names,
            mine.site_bucket_name(ACCOUNT_ID),
        }


def _each_website_is_its_own(pair: Pair) -> None:
    for env in (pair.first, pair.second):
        config = requests.get(f"http://127.0.0.1:{env.site_port}/config.js", timeout=5)
        assert config.text == f'export const API = "http://127.0.0.1:{env.alb_port}";\n'


def _a_destroyed_one_is_gone_and_the_other_goes_on(pair: Pair) -> None:
    with Load(f"http://127.0.0.1:{pair.first.alb_port}", path="/mysfits") as load:
        destroyed = make(pair.second, "destroy")
    assert load.failures == []
    assert len(load.answers) > 50
    assert re.search(r"^Objects +0$", destroyed.stdout, re.MULTILINE)
    assert "nothing of it is kept" in destroyed.stderr
    assert dict(port_claims.read(pair.first.state_dir).environments).keys() == {pair.first.name()}
    assert not list(pair.first.terraform_state.parent.glob(f"{pair.second.name()}.*"))
    assert pair.first.terraform_state.is_file()
    assert [folder.name for folder in (pair.first.state_dir / "alb").iterdir()] == [str(pair.first.alb_port)]
    assert f"{pair.first.name('monolith')} " in make(pair.first, "status").stdout
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{pair.second.site_port}/", timeout=5)
