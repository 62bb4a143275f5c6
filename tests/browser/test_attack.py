"""A foreign page in the browser of somebody who left the system running: it learns nothing and changes nothing."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, sync_playwright

from cli.comparing.learned import Seen
from cli.comparing.proxy import serve
from embedded import state
from embedded.control_client import ask
from embedded.ecs import task_processes
from embedded.faults import ROUTE
from embedded.settings import ACCOUNT_ID
from tests.browser.attacker import EVIL, RESOLVER_RULES, Attacker, Server, serving
from tests.conftest import Deployed

HOT = "4e53920c-505a-4a90-a694-b9300791f0ae"
QUIET = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="module")
def evil_server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def evil_browser(chromium_path: Path) -> Iterator[Browser]:
    """A browser for which the attacker's name leads to this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=[*QUIET, RESOLVER_RULES])
        yield browser
        browser.close()


@pytest.fixture(params=[EVIL, "evil.localhost", "127.0.0.1"])
def attacker(evil_browser: Browser, evil_server: Server, request: pytest.FixtureRequest) -> Iterator[Attacker]:
    """His page, by a name of his own, by one below localhost and by another port of this machine's own name."""
    with evil_browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://{request.param}:{evil_server.port}/")
        yield Attacker(page)


@pytest.fixture(autouse=True)
def nothing_changes(deployment: Deployed) -> Iterator[None]:
    """Compare everything that an attack is after, before and after each test."""
    before = everything(deployment)
    yield
    assert everything(deployment) == before


def everything(deployment: Deployed) -> dict[str, Any]:
    """Items, parameters, tasks, definitions, objects, faults and processes of the deployment, and of no other."""
    settings = deployment.settings
    dynamodb, ssm, ecs, s3 = (deployment.client(name) for name in ("dynamodb", "ssm", "ecs", "s3"))
    described = ssm.describe_parameters()["Parameters"]
    parameters = {each["Name"]: each["Version"] for each in described if each["Name"].startswith(settings.path(""))}
    assert parameters, "the keys of the facade"
    families = {settings.name(service) for service in settings.system.images}
    definitions = ecs.list_task_definitions()["taskDefinitionArns"]
    bucket = settings.site_bucket_name(ACCOUNT_ID)
    control = state.control_socket(settings.state_dir)
    return {
        "items": sorted(dynamodb.scan(TableName=deployment.table, ConsistentRead=True)["Items"], key=str),
        "tables": sorted(set(dynamodb.list_tables()["TableNames"]) & set(settings.table_names)),
        "parameters": parameters,
        "values": [ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in parameters],
        "tasks": sorted(ecs.list_tasks(cluster=settings.name())["taskArns"]),
        "definitions": [arn for arn in definitions if arn.rpartition("/")[2].partition(":")[0] in families],
        "objects": [(each["Key"], each["ETag"]) for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())],
        "faults": ask(control, "GET", ROUTE)["active"],
        "processes": sorted(
            task["process_group"]
            for task in ask(control, "GET", task_processes.ROUTE)
            if task["cluster"] == settings.name()
        ),
    }


def calls(deployment: Deployed, marker: Path) -> list[tuple[str, dict[str, Any]]]:
    """The calls of the attack: X-Amz-Target and arguments."""
    settings = deployment.settings
    parameters = [each["Name"] for each in deployment.client("ssm").describe_parameters()["Parameters"]]
    update = {
        "TableName": deployment.table,
        "Key": {"MysfitId": {"S": HOT}},
        "UpdateExpression": "ADD Likes :n",
        "ExpressionAttributeValues": {":n": {"N": "1000000"}},
    }
    run = {
        "cluster": settings.name(),
        "taskDefinition": settings.name("monolith"),
        "launchType": "FARGATE",
        "overrides": {"containerOverrides": [{"name": "monolith", "command": ["touch", str(marker)]}]},
    }
    return [
        *(("AmazonSSM.GetParameter", {"Name": name, "WithDecryption": True}) for name in parameters),
        ("DynamoDB_20120810.UpdateItem", update),
        ("DynamoDB_20120810.Scan", {"TableName": deployment.table}),
        ("AmazonEC2ContainerServiceV20141113.RunTask", run),
    ]


def scoped(service: str) -> str:
    """An Authorization header that makes moto take a call for one of ``service``; the signature is made up."""
    credential = f"AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


def test_the_attack_itself_works_where_nobody_guards(attacker: Attacker) -> None:
    """Else all that follows would prove the browser's caution and not ours."""
    with serving() as unguarded:
        url = f"http://127.0.0.1:{unguarded.port}/"
        read = attacker.attempt(url, method="POST", headers={"X-Amz-Target": "x", "Authorization": "y"}, body="{}")
        assert (read.status, "harmless" in read.text) == (200, True)
        attacker.attempt(url + "quitquitquit", method="POST", mode="no-cors")
        assert attacker.submit_form(url + "form", {"a": "b"}) == 200
        assert attacker.embed("img", url + "image") is False
        assert {("POST", "/"), ("POST", "/quitquitquit"), ("POST", "/form"), ("GET", "/image")} <= set(
            unguarded.requests
        )


def test_the_api_takes_no_call_from_a_page(attacker: Attacker, deployment: Deployed, tmp_path: Path) -> None:
    marker = tmp_path / "a program ran"
    url = f"{deployment.aws_endpoint_url}/"
    for target, arguments in calls(deployment, marker):
        body = json.dumps(arguments)
        service = target.partition(".")[0]
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        assert attacker.attempt(url, method="POST", headers=headers, body=body).learned_nothing, target
        headers["Authorization"] = scoped({"AmazonSSM": "ssm", "DynamoDB_20120810": "dynamodb"}.get(service, "ecs"))
        assert attacker.attempt(url, method="POST", headers=headers, body=body).learned_nothing, target
        assert attacker.attempt(url, method="POST", body=body, mode="no-cors").learned_nothing, target
    for action in ("ListUsers", "DescribeVpcs", "GetCallerIdentity"):
        form = {"Action": action, "Version": "2010-05-08"}
        assert attacker.submit_form(url, form) == 403
        assert attacker.attempt(f"{url}?Action={action}&Version=2010-05-08").learned_nothing
    assert not marker.exists()


@pytest.mark.parametrize(
    "path", ["moto-api/", "moto-api/data.json", "moto-api/reset", "moto-api/reset-auth", "_mysfits/faults"]
)
def test_motos_own_pages_and_the_fault_switch_are_off(attacker: Attacker, deployment: Deployed, path: str) -> None:
    url = f"{deployment.aws_endpoint_url}/{path}"
    for method in ("GET", "POST", "PUT"):
        assert attacker.attempt(url, method=method, body=None if method == "GET" else '{"drop": 1}').learned_nothing
    attacker.attempt(url, method="POST", mode="no-cors", body='{"drop": 1}')
    assert attacker.submit_form(url, {"drop": "1"}) in (403, 404)


@pytest.fixture
def recording(deployment: Deployed) -> Iterator[tuple[int, list[Seen]]]:
    """Port of a recording that somebody left running, and what it learned."""
    seen: list[Seen] = []
    ports: queue.Queue[int] = queue.Queue()
    loop = asyncio.new_event_loop()
    url, origins = deployment.api, deployment.settings.site_origins
    recorder = loop.create_task(serve(url, origins=origins, port=0, see=seen.append, ready=ports.put, seconds=None))
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.gather(recorder, return_exceptions=True)))
    thread.start()
    try:
        yield ports.get(timeout=10), seen
    finally:
        loop.call_soon_threadsafe(recorder.cancel)
        thread.join(timeout=10)
        loop.close()


def test_a_recording_passes_nothing_on_and_learns_nothing(
    attacker: Attacker, recording: tuple[int, list[Seen]]
) -> None:
    port, seen = recording
    for name in ("127.0.0.1", EVIL):
        url = f"http://{name}:{port}/mysfits"
        assert attacker.attempt(url).learned_nothing
        assert attacker.attempt(f"{url}/{HOT}/like", method="POST", mode="no-cors", body="{}").learned_nothing
        assert attacker.submit_form(f"{url}/{HOT}/like", {}) in (403, 421)
        assert attacker.embed("img", url) is False
    assert seen == []


def test_no_port_of_ours_takes_orders(attacker: Attacker, deployment: Deployed) -> None:
    """Whatever listens: nothing ends, drains or fails because of a page, and no task counts its likes."""
    pids = {process.pid for process in state.processes(deployment.settings.state_dir)}
    ports = {
        connection.laddr.port
        for connection in psutil.net_connections(kind="tcp")
        if connection.pid in pids and connection.status == psutil.CONN_LISTEN and connection.laddr
    }
    assert len(ports) >= 7, "API, load balancer, site and four tasks"
    for port in ports:
        for path in ("quitquitquit", "drain_listeners", "faults", "status", f"mysfits/{HOT}/like"):
            outcome = attacker.attempt(f"http://127.0.0.1:{port}/{path}", method="POST", mode="no-cors", body="{}")
            assert outcome.learned_nothing
        for path in ("quitquitquit", f"mysfits/{HOT}/like"):
            assert attacker.submit_form(f"http://127.0.0.1:{port}/{path}", {}) in (403, 404, 405), (port, path)
        assert attacker.attempt(f"http://127.0.0.1:{port}/mysfits/{HOT}").learned_nothing


def test_the_site_is_no_part_of_another_page(attacker: Attacker, deployment: Deployed) -> None:
    assert attacker.attempt(f"{deployment.site}/").learned_nothing
    assert not attacker.embed("script", f"{deployment.site}/main.js")
    assert not attacker.embed("img", f"{deployment.site}/favicon.svg")
    frame = attacker.page.evaluate_handle(
        "() => document.body.appendChild(document.createElement('iframe'))"
    ).as_element()
    assert frame is not None
    with attacker.page.expect_response(f"{deployment.site}/") as answered:
        frame.evaluate("(frame, url) => { frame.src = url }", f"{deployment.site}/")
    assert answered.value.status == 403


@pytest.mark.parametrize("name", [EVIL, "evil.localhost"])
def test_a_name_made_to_lead_here_leads_nowhere(
    evil_browser: Browser, deployment: Deployed, tmp_path: Path, name: str
) -> None:
    """DNS rebinding: for the browser the page and what it asks have one origin, so only the name tells."""
    settings, marker = deployment.settings, tmp_path / "a program ran"
    with evil_browser.new_context() as context:
        page = context.new_page()
        answer = page.goto(f"http://{name}:{settings.aws_port}/")
        assert answer is not None
        assert answer.status == 403
        rebound = Attacker(page)
        for target, arguments in calls(deployment, marker):
            headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
            assert rebound.attempt("/", method="POST", headers=headers, body=json.dumps(arguments)).status == 403
        assert rebound.attempt("/moto-api/data.json").status == 404
        assert not marker.exists()

        answer = page.goto(f"http://{name}:{settings.site_port}/")
        assert answer is not None
        assert answer.status == 421

        # The load balancer is as public as one of AWS; but nobody changes anything by it under a name of his own.
        answer = page.goto(f"http://{name}:{settings.alb_port}/mysfits")
        assert answer is not None
        assert answer.status == 200
        assert rebound.attempt(f"/mysfits/{HOT}/like", method="POST").status == 403
