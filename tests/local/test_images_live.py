"""Images of any service as live tasks: packages of their own lock, any language, and nothing open to other machines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from embedded.images import snapshot_dir
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

FLASK = {
    "Dockerfile": textwrap.dedent("""
        FROM python:3.11-slim
        WORKDIR /app
        COPY requirements.txt .
        RUN apt-get update && pip install --no-cache-dir -r requirements.txt
        COPY shop.py .
        ENV SHOP_FILE=/app/shop.py
        USER nobody
        EXPOSE 8000
        CMD exec gunicorn --bind ${HOST:-0.0.0.0}:${PORT:-8000} shop:app
        """),
    "requirements.txt": "flask==3.1.2\ngunicorn==23.0.0\n",
    "shop.py": textwrap.dedent("""
        import importlib.metadata, importlib.util, os, sys, flask
        app = flask.Flask(__name__)
        @app.get("/")
        def tell():
            return {
                "prefix": sys.prefix,
                "flask": importlib.metadata.version("flask"),
                "moto": importlib.util.find_spec("moto") is not None,
                "file": open(os.environ["SHOP_FILE"]).readline() is not None,
            }
        """),
}
"""The versions are not those of the checkout's own environment."""

NODE = {
    "Dockerfile": 'FROM node:24-slim\nWORKDIR /srv\nCOPY server.js .\nRUN npm ci\nCMD ["node", "server.js"]\n',
    "server.js": textwrap.dedent("""
        require("http").createServer((_, answer) => answer.end(JSON.stringify({node: process.version})))
          .listen(process.env.PORT, process.env.HOST)
        """),
}

EARLIER = textwrap.dedent("""
    import http.server, os
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"of": "%s"}' % os.environb[b"WHO"])
    http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
    """)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("images"))) as running:
        yield running


@pytest.fixture(scope="module")
def toys(aws: EmbeddedAws) -> Iterator[ToyService]:
    toy = ToyService(aws)
    yield toy
    toy.delete()


class RunningTask:
    """One task of RunTask."""

    def __init__(self, toy: ToyService, image: str) -> None:
        self._toy = toy
        (task,) = toy.ecs.run_task(
            cluster=toy.name,
            taskDefinition=toy.revision("one", image=image),
            launchType="FARGATE",
            networkConfiguration=toy.network,
        )["tasks"]
        self._arn = task["taskArn"]

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self._toy.ecs.describe_tasks(cluster=self._toy.name, tasks=[self._arn])["tasks"][0]
        return found

    def ask(self) -> dict[str, Any]:
        """What it answers, as soon as it does."""

        def answer() -> dict[str, Any] | None:
            task = self.describe()
            assert task["lastStatus"] != "STOPPED", (task["stoppedReason"], self._toy.log_lines())
            bindings = task["containers"][0].get("networkBindings", [])
            try:
                return dict(requests.get(f"http://127.0.0.1:{bindings[0]['hostPort']}/", timeout=5).json())
            except (IndexError, requests.ConnectionError):
                return None

        found = wait_for(answer, what="the task answers")
        assert found is not None
        return found

    def stopped_reason(self) -> str:
        wait_for(lambda: self.describe()["lastStatus"] == "STOPPED", what="the task stopped", timeout_seconds=15)
        return str(self.describe()["stoppedReason"])

    def stop(self) -> None:
        self._toy.ecs.stop_task(cluster=self._toy.name, task=self._arn)


def test_a_flask_image_runs_with_the_packages_of_its_own_requirements(toys: ToyService) -> None:
    said: list[str] = []
    task = RunningTask(toys, toys.publish_files(FLASK, say=said.append))
    environments = toys.aws.settings.state_dir / "environments"
    answer = task.ask()
    assert answer == {"prefix": answer["prefix"], "flask": "3.1.2", "moto": False, "file": True}
    assert answer["prefix"].startswith(str(environments))
    assert any("pip install -r requirements.txt" in line for line in said)
    assert said[0] == (
        "Dockerfile: these steps are for the container image and are left out on this machine: apt-get update"
    )
    task.stop()
    again: list[str] = []
    toys.publish_files({**FLASK, "shop.py": "# another version of it\n"}, say=again.append)
    assert again == [said[0]], "its environment was made anew"
    assert len([path for path in environments.iterdir() if path.is_dir()]) == 1


def test_a_node_image_runs_on_the_node_of_this_machine(toys: ToyService) -> None:
    task = RunningTask(toys, toys.publish_files(NODE))
    assert task.ask()["node"].startswith("v")
    task.stop()


def test_a_task_that_others_could_reach_is_stopped_and_told_why(toys: ToyService) -> None:
    bind = {"Dockerfile": FLASK["Dockerfile"].replace("${HOST:-0.0.0.0}", "0.0.0.0")}  # noqa: S104
    reason = RunningTask(toys, toys.publish_files(FLASK | bind)).stopped_reason()
    assert "The container listens on 0.0.0.0:" in reason
    assert "make it listen where HOST and PORT say" in reason


def test_a_program_that_is_not_here_ends_the_task_with_its_name(toys: ToyService) -> None:
    image = toys.publish_files({"Dockerfile": 'FROM rust:1\nCMD ["cargo-no-such", "run"]\n'})
    assert "cargo-no-such is not on PATH of this machine" in RunningTask(toys, image).stopped_reason()


def test_a_snapshot_of_an_earlier_version_still_runs(toys: ToyService) -> None:
    folder = snapshot_dir(toys.aws.settings.state_dir, toys.name, "earlier")
    folder.mkdir(parents=True)
    (folder / "server.py").write_text(EARLIER)
    (folder / "Dockerfile").write_text("FROM x\nARG WHO\nENV WHO=$WHO\nCMD exec python server.py\n")
    (folder / ".build.json").write_text(json.dumps({"dockerfile": "Dockerfile", "arguments": {"WHO": "old"}}))
    task = RunningTask(toys, toys.enter("earlier"))
    assert task.ask() == {"of": "old"}
    task.stop()
