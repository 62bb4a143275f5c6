"""TARGET=aws from nothing to nothing: the embedded AWS is an account of AWS here, and Docker has a stand-in."""

from __future__ import annotations

import functools
import io
import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from cli import aws as aws_clients
from cli import local, records, state_bucket, state_file
from cli.command_line import main
from embedded import credentials
from embedded.settings import EmbeddedSettings
from settings.settings import Settings
from stacks.cdktf_runtime import prepare_cdktf
from systems.checkout import ROOT
from tests import deploy_role
from tests.local import docker_stand_in
from tests.support import EmbeddedAws, local_settings, quiet_port, running_embedded_aws

ACCOUNT: Final = "111122223333"
BUCKET: Final = f"mysfits-tfstate-{ACCOUNT}-us-east-1"
LINKED: Final = ("ecs", "elasticloadbalancing", "ecs.application-autoscaling")
NAMED: Final = frozenset({"deploy", "plan", "drift", "rollback", "destroy"})
"""Commands of the roles that workflows take."""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as made:
        yield made


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Iterator[EmbeddedAws]:
    patch.setattr(local, "EmbeddedSettings", functools.partial(EmbeddedSettings, account_id=ACCOUNT))
    settings = local_settings(tmp_path_factory.mktemp("account") / "state", env="team")
    with running_embedded_aws(settings) as running:
        yield running


@pytest.fixture(scope="module")
def run(account: EmbeddedAws, patch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a command in this process, as the environment and the shell of somebody's machine have it."""
    place = tmp_path_factory.mktemp("machine")
    docker_stand_in.install(place / "bin")
    patch.setattr("settings.settings.ROOT", place)  # where states are that no bucket has
    _as_on_this_machine(patch)
    for name in [name for name in os.environ if name.startswith(("AWS_", "MAKE", "DEPLOY_"))]:
        patch.delenv(name)
    keys = credentials.read(account.settings.state_dir)
    assert keys is not None
    environ = {
        **keys.environ,
        **{"TARGET": "aws", "ENV": "team", "REGION": "us-east-1", "SITE_HOSTING": "s3-website", "FORCE": "cost"},
        **{"CANARY": "off", "COMPARE": "off", "STATE_DIR": str(account.settings.state_dir)},
        **{"CDKTF_OUTDIR": str(place / "cdktf.out"), "AWS_ENDPOINT_URL": str(account.settings.aws_endpoint_url)},
        # A call that the embedded AWS lacks is to look like a failure, not like a hang.
        **{"AWS_MAX_ATTEMPTS": "4", "AWS_EC2_METADATA_DISABLED": "true"},
        **{"PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
    }
    for name, value in environ.items():
        patch.setenv(name, value)
    mask = os.umask(0o077)
    aws_clients._session.cache_clear()

    def call(command: str, *, typed: str = "", **settings: str) -> tuple[int, str, str]:
        with pytest.MonkeyPatch.context() as during:
            for name, value in settings.items():
                during.setenv(name, value)
            if command in NAMED:
                during.setenv("AWS_SDK_UA_APP_ID", command)
            out, err = io.StringIO(), io.StringIO()
            during.setattr(sys, "stdin", io.StringIO(typed))
            during.setattr(sys, "stdout", out)
            during.setattr(sys, "stderr", err)
            code = main([command])
        print(f"--- {command} {settings}: {code}\n{out.getvalue()}\n{err.getvalue()}")
        return code, out.getvalue(), err.getvalue()

    yield call
    os.umask(mask)
    aws_clients._session.cache_clear()


def _as_on_this_machine(patch: pytest.MonkeyPatch) -> None:
    """What is otherwise than on AWS: listeners have ports of this machine, and no volume is here for NGINX."""
    prepare_cdktf(os.environ)  # or what follows takes half a minute
    from stacks import services  # noqa: PLC0415 - each process of the tests would wait for it when it collects them

    port = quiet_port()
    patch.setattr(Settings, "listener_port", property(lambda _: port))
    patch.setattr(services, "_with_written_folders", services._options)
    patch.setattr("cli.interrupts.listen", lambda: None)  # the signals of this process are pytest's


def shared() -> Settings:
    return Settings.from_environ({**os.environ, "STATE_BUCKET": BUCKET})


def deployed_stage() -> str:
    return str(state_file.outputs(state_file.read(shared()))["stage"])


def answer(path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{shared().listener_port}{path}", timeout=10) as response:
        return json.load(response)


@pytest.mark.timeout(1800)  # a dozen commands, each with Terraform runs, on a machine that runs other tests
def test_from_nothing_to_nothing(account: EmbeddedAws, run: Run) -> None:
    code, out, _ = run("doctor")
    assert code == 1
    assert f"account {ACCOUNT}" in out
    assert [line.partition(":")[0] for line in out.splitlines() if line.startswith("MEND")] == [
        f"MEND  Role of {name}.amazonaws.com" for name in LINKED
    ]
    code, _, err = run("deploy", STAGE="glue")
    assert (code, "Before the first deploy" in err) == (2, True)
    for name in LINKED:
        account.client("iam").create_service_linked_role(AWSServiceName=f"{name}.amazonaws.com")
    assert run("state-bucket")[0] == 0
    code, out, _ = run("doctor")
    assert (code, f"in {BUCKET}, each version is kept" in out) == (0, True)
    assert run("deploy", STAGE="glue", FORCE="")[0] == 2, "nobody agreed to the cost"
    assert not docker_stand_in.pushed(account.settings.state_dir)

    code, _, err = run("deploy", STAGE="glue")
    assert code == 0
    assert "USD a month" in err
    assert deployed_stage() == "glue"
    assert len(answer("/mysfits")["mysfits"]) == 12
    assert not shared().terraform_state.exists()
    _require_nothing_to_change(run, "glue")

    assert run("deploy", STAGE="strangled")[0] == 0, "through split"
    assert deployed_stage() == "strangled"
    _require_nothing_to_change(run, "strangled")
    code, _, err = run("rollback", FORCE="")
    assert (code, "glue, us-east-1, costs" in err, deployed_stage()) == (2, True, "strangled")
    assert run("rollback")[0] == 0
    assert deployed_stage() == "glue"
    assert len(answer("/mysfits")["mysfits"]) == 12
    pushed = docker_stand_in.pushed(account.settings.state_dir)
    assert len(pushed) == len(set(pushed)) == 2
    assert "done, live" in run("releases")[1]

    assert run("destroy", typed="no\n")[0] == 2
    assert run("destroy", typed="team\n")[0] == 0
    assert run("audit")[0] == 0
    assert records.of(shared(), records.STATE).read() is None
    assert state_bucket.is_ours(shared(), BUCKET, ACCOUNT), "it outlives each environment"
    deploy_role.require_allowed(account.settings.state_dir)


def _require_nothing_to_change(run: Run, stage: str) -> None:
    code, out, _ = run("plan", STAGE=stage)
    assert (code, "no changes" in out) == (0, True), out
    assert run("drift", STAGE=stage)[0] == 0
