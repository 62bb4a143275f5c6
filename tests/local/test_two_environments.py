"""Two environments on one embedded AWS, one's name the beginning of the other's: no command touches the neighbour."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from cli import aws
from embedded import port_claims, state
from embedded.dynamodb import log_file
from stacks.microservices import SERVICES
from stacks.settings import EMBEDDED_ACCOUNT_ID, ROOT, Settings
from tests.conftest import run_make
from tests.local.load import Load
from tests.support import environment_of, local_settings, quiet_ports

_NAMED_KINDS = ("ecs/cluster", "ecs/service", "ecr/repository", "dynamodb/table", "s3/bucket")
EVANGELINE = "4e53920c-505a-4a90-a694-b9300791f0ae"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both in stage placeholder, where a deploy is quickest; tables, sites and all the rest stand in every stage."""

    a: Settings
    a_b: Settings

    def make(self, env: Settings, goal: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``make goal`` for an environment, whose ports it has to find by itself."""
        environ = environment_of(env)
        for name in ("ALB_PORT", "AWS_PORT", "SITE_PORT"):
            environ.pop(name, None)
        answer = subprocess.run(
            ["make", "-s", goal], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert not check or answer.returncode == 0, f"make {goal} failed:\n{answer.stdout}\n{answer.stderr}"
        return answer


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    a = local_settings(tmp_path_factory.mktemp("pair"), stage="placeholder", env="a")
    used = {a.alb_port, a.aws_port, a.site_port}
    alb_port, site_port = [port for port in quiet_ports(5) if port not in used][:2]
    try:
        run_make(a, "deploy")
        yield Pair(a=a, a_b=dataclasses.replace(a, env="a-b", alb_port=alb_port, site_port=site_port))
    finally:
        run_make(a, "down", check=False)
        assert not state.processes(a.state_dir)


def test_two_environments_share_an_embedded_aws_and_nothing_else(pair: Pair) -> None:
    _another_ones_ports_are_refused_before_anything_is_applied(pair)
    run_make(pair.a_b, "deploy")
    _each_command_sees_its_own(pair)
    _each_website_is_its_own(pair)
    _a_destroyed_one_is_gone_and_the_other_goes_on(pair)
    _what_was_stopped_is_destroyed_all_the_same(pair)


def _another_ones_ports_are_refused_before_anything_is_applied(pair: Pair) -> None:
    taken = dataclasses.replace(pair.a_b, alb_port=pair.a.alb_port, site_port=pair.a.site_port)
    refused = run_make(taken, "deploy", check=False)
    assert refused.returncode == 2
    assert f"ALB_PORT={pair.a.alb_port} is taken by the load balancer of the environment a;" in refused.stderr
    assert f"SITE_PORT={pair.a.site_port} is taken by the website of the environment a;" in refused.stderr
    assert not pair.a_b.terraform_state.exists()
    assert "Nothing is deployed as mysfits-a-b" in pair.make(pair.a_b, "status", check=False).stderr


def _each_command_sees_its_own(pair: Pair) -> None:
    for mine, other in ((pair.a, pair.a_b), (pair.a_b, pair.a)):
        report = pair.make(mine, "status").stdout
        assert f"http://127.0.0.1:{mine.alb_port}" in report
        assert f"http://127.0.0.1:{other.alb_port}" not in report
        assert f"{mine.name('monolith')} " in report
        assert f"{other.name('monolith')} " not in report
        task = pair.make(mine, "run-task").stdout
        assert f":task/{mine.name()}/" in task
        assert "GET /mysfits " in task
        left = pair.make(mine, "audit", check=False)
        assert left.returncode != 0
        assert left.stdout.count("ec2/natgateway") == 1
        names = {line.split()[1] for line in left.stdout.splitlines() if line.startswith(_NAMED_KINDS)}
        assert names == {
            mine.name(),
            *(mine.name(service) for service in SERVICES),
            *mine.table_names,
            mine.site_bucket_name(EMBEDDED_ACCOUNT_ID),
        }


def _each_website_is_its_own(pair: Pair) -> None:
    for env in (pair.a, pair.a_b):
        config = requests.get(f"http://127.0.0.1:{env.site_port}/config.js", timeout=5)
        assert config.text == f'export const API = "http://127.0.0.1:{env.alb_port}";\n'


def _a_destroyed_one_is_gone_and_the_other_goes_on(pair: Pair) -> None:
    with Load(f"http://127.0.0.1:{pair.a.alb_port}", path="/") as load:
        destroyed = pair.make(pair.a_b, "destroy")
    assert load.failures == []
    assert len(load.answers) > 50
    assert re.search(r"^Objects +0$", destroyed.stdout, re.MULTILINE)
    assert "nothing of it is kept" in destroyed.stderr
    assert dict(port_claims.read(pair.a.state_dir).environments).keys() == {"a"}
    assert not list(pair.a.terraform_state.parent.glob("a-b.*"))
    assert pair.a.terraform_state.is_file()
    assert [folder.name for folder in (pair.a.state_dir / "alb").iterdir()] == [str(pair.a.alb_port)]
    assert f"{pair.a.name('monolith')} " in pair.make(pair.a, "status").stdout
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{pair.a_b.site_port}/", timeout=5)


def _what_was_stopped_is_destroyed_all_the_same(pair: Pair) -> None:
    item = {"MysfitId": {"S": EVANGELINE}, "Likes": {"N": "41"}}
    aws.client(pair.a, "dynamodb").put_item(TableName=pair.a.table_names[0], Item=item)
    stopped = pair.make(pair.a, "down")
    assert f"Kept in {pair.a.state_dir}: a, with items and likes" in stopped.stderr
    assert _kept_items(pair.a)
    destroyed = pair.make(pair.a, "destroy")
    assert re.search(r"^Objects +0$", destroyed.stdout, re.MULTILINE)
    assert _kept_items(pair.a) == 0
    assert dict(port_claims.read(pair.a.state_dir).environments) == {}
    assert not list(pair.a.terraform_state.parent.glob("a.*"))
    assert state.read(pair.a.state_dir) is None, "it did not run before, so it does not after"
    assert "Nothing is deployed, so nothing is kept" in pair.make(pair.a, "down").stderr


def _kept_items(settings: Settings) -> int:
    """How many items the embedded AWS would bring back for the environment's tables."""

    def arn(table: str) -> str:
        return f"arn:aws:dynamodb:{settings.region}:{EMBEDDED_ACCOUNT_ID}:table/{table}"

    kept = log_file.last_states(log_file.read(Path(settings.state_dir / "dynamodb.sqlite3"), table_arn=arn).changes)
    return sum(len(kept.get(arn(table), {})) for table in settings.table_names)
