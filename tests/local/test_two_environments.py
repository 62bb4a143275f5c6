"""Two environments on one embedded AWS, one's name the beginning of the other's: no command touches the neighbour."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from embedded import port_claims
from embedded.settings import ACCOUNT_ID
from modules.fargate_service.shapes import CANARY_SUFFIX
from settings.settings import Settings
from systems.checkout import ROOT
from tests.ahead import Ahead
from tests.conftest import Deployed, first_deploy, run_make
from tests.local.load import Load
from tests.support import environment_of, quiet_ports

_NAMED_KINDS = ("ecs/cluster", "ecs/service", "ecr/repository", "dynamodb/table", "s3/bucket")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The deployment that all tests share, and a second environment beside it, whose name begins with the first one's.

    The second is in stage placeholder, where a deploy is quickest; tables, site and the rest stand in every stage.
    """

    first: Settings
    second: Settings


def make(env: Settings, goal: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run ``make goal`` for an environment, whose ports it has to find by itself."""
    environ = environment_of(env)
    for name in ("ALB_PORT", "AWS_PORT", "SITE_PORT"):
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
    alb_port, site_port = [port for port in quiet_ports(5) if port not in used][:2]
    env = f"{first.env}-{suffix}"
    return dataclasses.replace(first, env=env, stage="placeholder", alb_port=alb_port, site_port=site_port)


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
