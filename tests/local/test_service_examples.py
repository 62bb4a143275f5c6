"""The examples with services, and what other names cost their visitors."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
import urllib3

from embedded.alb.envoy_actions import error_page
from policy.plans import ENV
from systems.checkout import ROOT
from tests.local import production_stack
from tests.local.applied_example import PROVIDER_BLOCK, SERVICES, VARIABLE, Example, applied, copied_modules
from tests.local.renamed_service import RenamedService, require_served
from tests.support import EmbeddedAws, local_settings, quiet_ports, running_embedded_aws, wait_for

CHANGED: Final = re.compile(r"^  # (\S+) (?:will|must) be", re.MULTILINE)
"""What a plan would change."""
MOVED: Final = "moved {\n  from = module.page\n  to   = module.web\n}\n"
MINIMAL: Final = Path("modules/fargate_service/examples/minimal")
IMAGE: Final = '"public.ecr.aws/nginx/nginx:1.29"'
API: Final = Path("examples/api")
GIVEN: Final = {API: {"image": IMAGE}}
"""What else the examples are given than ports: this machine's registry has none of their images."""
MISSING: Final = '"public.ecr.aws/nginx/missing:1.0"'


@dataclass(frozen=True, kw_only=True)
class Services:
    """All examples with services, applied in one, and the stack of PROFILE=production beside them.

    Attributes:
        folder: what the checkout has of them, in a copy.
        ports: where their load balancers listen, by the example and the variable.
    """

    applied: Example
    folder: Path
    ports: Mapping[Path, Mapping[str, int]]


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("services"))) as running:
        yield running


@pytest.fixture(scope="module")
def services(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("copy")
    copied_modules(folder)
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    together = folder / "modules" / "services"
    together.mkdir()
    blocks = ['provider "aws" {\n  region = "us-east-1"\n}\n']
    ports: dict[Path, Mapping[str, int]] = {}
    for place in SERVICES:
        main = folder / place / "main.tf"
        text = PROVIDER_BLOCK.sub("", main.read_text(encoding="utf-8"))
        main.write_text(text, encoding="utf-8")
        listening = [name for name in VARIABLE.findall(text) if name.endswith("_port")]
        if listening:
            ports[place] = dict(zip(listening, quiet_ports(len(listening)), strict=True))
        values = {**ports.get(place, {}), **GIVEN.get(place, {})}
        given = "".join(f"  {name} = {value}\n" for name, value in values.items())
        blocks.append(f'module "{place.name}" {{\n  source = "../../{place}"\n{given}}}\n')
    blocks.append(production_stack.write(together.parent, embedded_aws))
    (together / "main.tf").write_text("\n".join(blocks), encoding="utf-8")
    with applied(embedded_aws, together) as made:
        try:
            yield Services(applied=made, folder=folder, ports=ports)
        finally:
            # It protects itself from a destroy; what it has goes with this embedded AWS.
            forgotten = made.terraform("state rm", f"module.{production_stack.NAME}")
            assert "module.alb.aws_lb.this" in forgotten.stdout


def test_services_of_examples_run_and_their_second_plan_is_empty(embedded_aws: EmbeddedAws, services: Services) -> None:
    """That of the stack of PROFILE=production, applied beside them, is empty too."""
    again = services.applied.run("plan")
    assert again.returncode == 0, again.stderr
    assert set(CHANGED.findall(again.stdout)) == {production_stack.NOT_CARRIED}, again.stdout
    for ports in services.ports.values():
        if "https_port" not in ports:
            wait_for(functools.partial(_answers, ports["http_port"]), what="the service answers")
    _check_services(embedded_aws.client("ecs"))


def test_an_api_answers_over_https_by_its_host_names_and_scales_on_spot(
    embedded_aws: EmbeddedAws, services: Services
) -> None:
    api = replace(services.applied, ports=services.ports[API])

    def status(host: str) -> int | None:
        answer = api.get("https_port", "https", path="/", headers={"Host": host})
        return None if answer is None else answer.status

    for host in ("api.example.com", "shop.partners.example.com"):
        wait_for(lambda host=host: status(host) == 200, what=f"{host} is answered")  # type: ignore[misc]
    assert {status("www.example.com"), status("api.example.com.example.net")} == {404}
    resource = "service/partners/partners-api"
    (target,) = embedded_aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[resource]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    ecs = embedded_aws.client("ecs")
    tasks = ecs.describe_tasks(cluster="partners", tasks=ecs.list_tasks(cluster="partners")["taskArns"])["tasks"]
    assert {task["capacityProviderName"] for task in tasks} == {"FARGATE_SPOT"}
    (definition,) = {task["taskDefinitionArn"] for task in tasks}
    described = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    assert described["runtimePlatform"]["cpuArchitecture"] == "ARM64"


def _answers(port: int) -> bool:
    try:
        return urllib3.request("GET", f"http://localhost:{port}/", timeout=5, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _check_services(ecs: Any) -> None:
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    names = {one["clusterName"] for one in clusters if one["status"] == "ACTIVE"} - {f"mysfits-{ENV}"}
    assert len(names) == len(SERVICES)
    for cluster in names:
        (arn,) = ecs.list_services(cluster=cluster)["serviceArns"]
        (service,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
        assert service["runningCount"] == service["desiredCount"] > 0
        (deployment,) = ecs.list_service_deployments(cluster=cluster, service=arn)["serviceDeployments"]
        assert deployment["status"] == "SUCCESSFUL"
        if not service["loadBalancers"]:
            _check_worker(ecs, cluster, service)


def _check_worker(ecs: Any, cluster: str, service: Mapping[str, Any]) -> None:
    """What prepares it has read a key of a JSON secret, and what this machine does not support is told."""
    told = " ".join(event["message"] for event in service["events"])
    assert "FARGATE_SPOT takes no task away here" in told
    (arn,) = ecs.list_tasks(cluster=cluster, serviceName=service["serviceName"])["taskArns"]
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
    shown = {one["name"]: (one["lastStatus"], one.get("exitCode")) for one in task["containers"]}
    assert shown == {"worker": ("RUNNING", None), "prepare": ("STOPPED", 0)}
    assert task["capacityProviderName"] == "FARGATE_SPOT"


@pytest.fixture
def web(embedded_aws: EmbeddedAws, services: Services) -> RenamedService:
    """That of the example `minimal`."""
    return RenamedService(
        embedded_aws=embedded_aws,
        main=services.folder / MINIMAL / "main.tf",
        port=services.ports[MINIMAL]["http_port"],
        terraform=services.applied.terraform,
    )


def test_another_path_of_the_roles_is_applied_to_a_service_that_stands(web: RenamedService) -> None:
    """There and back: a role's name is the account's, whatever its path, and the new one comes before the old goes."""
    text = web.text
    pathed = web.call.removesuffix("}\n") + '  role_path = "/shop/"\n}\n'
    with web.load() as load:
        require_served(load)
        web.apply(text.replace(web.call, pathed))
        assert web.role_paths() == {"/shop/"}
        require_served(load)
        web.apply(text)
        assert web.role_paths() == {"/"}
        require_served(load)
    assert load.failures == []
    web.require_no_change()


def test_another_name_of_the_ecs_service_alone_costs_no_request(web: RenamedService) -> None:
    named = f'  name = "{web.name}"\n'
    call = re.sub(r"^  name += .*\n", f'{named}  service_name = "{web.name}-b"\n', web.call, flags=re.MULTILINE)
    with web.load() as load:
        require_served(load)
        web.apply(web.text.replace(web.call, call))
        require_served(load)
    assert load.failures == []
    assert web.ecs_services() == [f"{web.name}-b"]
    web.require_no_change()


def test_another_name_is_applied_at_once_and_nothing_of_the_old_one_is_left(web: RenamedService) -> None:
    """Between the turn of the rule and that of the new tasks visitors are told so by the load balancer."""
    old = web.name
    with web.load() as load:
        require_served(load)
        web.apply(web.text.replace(old, "shop-front"))
        require_served(load)
    assert set(load.failures) <= {error_page("503 Service Temporarily Unavailable")}
    assert min(web.times("shop-front", "startedAt", "RUNNING")) < max(web.times(old, "stoppingAt", "STOPPED"))
    assert web.has("shop-front")
    assert not web.has(old)
    web.require_no_change()


def test_a_second_call_beside_the_first_gives_another_name_and_no_request_fails(web: RenamedService) -> None:
    """The second one itself gets another name as long as it has no weight."""
    text, first, old = web.text, web.call, web.name
    second = first.replace(old, "shop-page").replace('"/shop/web"', '"/shop/page"').replace("= 100,", "= 99,")
    beside = second.replace('module "web"', 'module "page"')
    draft = beside.replace("shop-page", "shop-draft")
    with web.load() as load:
        for call, weight in ((draft, 0), (beside, 0), (beside, 100)):
            more = f"  weight = {weight}\n  fallback = {{ target_group_arn = module.web.target_group_arn }}\n}}\n"
            web.apply(text.replace(first, first + call.removesuffix("}\n") + more))
            require_served(load)
        web.apply(text.replace(first, beside))
        require_served(load)
        web.apply(text.replace(first, second + MOVED))
        require_served(load)
    assert load.failures == []
    assert web.has("shop-page")
    assert not web.has(old)
    assert not web.has("shop-draft")
    web.require_no_change()


def test_an_apply_fails_where_ecs_rolled_back_and_visitors_stay_with_the_old_revision(web: RenamedService) -> None:
    """The service's own tasks first, then those of a canary; each apply after it is like any other.

    It stands last: task definitions of a service with a canary stay registered.
    """
    (service,) = web.ecs_services()
    text, old = web.text, web.task_definition(service)
    rest = web.call.removesuffix("}\n") + '  environment = { STEP = "1" }\n  canary = {}\n}\n'
    with_canary = text.replace(web.call, rest)
    with web.load() as load:
        require_served(load)
        said = web.refusal(text.replace(IMAGE, MISSING))
        assert f"ECS did not keep the task definition that was asked for and runs {old} again." in said
        assert web.task_definition(service) == old
        require_served(load)
        web.apply(with_canary)
        kept = web.task_definition(service)
        assert kept != old
        canary = f'canary = {{ desired_count = 1, held_task_definition_arn = "{kept}" }}'
        said = web.refusal(with_canary.replace(IMAGE, MISSING).replace("canary = {}", canary))
        assert f"ECS did not keep the task definition that the canary was asked for. The events of {service}-c" in said
        assert web.task_definition(service) == kept
        require_served(load)
        web.apply(text)
        require_served(load)
    assert load.failures == []
    web.require_no_change()
