"""What ``make env`` prints, as a shell takes it in."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import command_line, shell_exports
from embedded import credentials, port_claims
from embedded.alb.ports import PortInUseError
from embedded.port_claims import Claims, Environment
from settings.settings import Settings
from systems.checkout import ROOT
from tests.support import say_it_runs

ADDRESSES = {"API": "http://127.0.0.1:8080", "SITE": "http://127.0.0.1:8081"}


def evaluated(text: str, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment of a shell that evaluates ``text``."""
    answer = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1" && env -0', "sh", text],
        env={"PATH": "/usr/bin:/bin", **(before or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in answer.stdout.split("\0") if line)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> credentials.Credentials:
    made = credentials.make()
    monkeypatch.setattr("cli.shell_exports.credentials.read", lambda _: made)
    return made


def test_values_reach_the_shell_as_they_are(keys: credentials.Credentials, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s $HOME; a "folder"'
    settings = Settings.from_environ({"STATE_DIR": str(folder), "ENV": "blue", "AWS_PORT": "4567"})
    found = evaluated(shell_exports.exports(settings, ADDRESSES))
    assert found["STATE_DIR"] == str(folder)
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert found["ENV"] == "blue"
    assert ADDRESSES.items() <= found.items()
    assert keys.environ.items() <= found.items()


@pytest.mark.parametrize("has_node", [True, False])
def test_cdktf_is_found_first_and_node_where_the_machine_has_none(
    keys: credentials.Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_node: bool
) -> None:
    del keys
    asked: list[str] = []

    def which(program: str) -> str | None:
        asked.append(program)
        return "/usr/bin/node" if has_node else None

    monkeypatch.setattr("cli.shell_exports.shutil.which", which)
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    *added, first, second = evaluated(shell_exports.exports(settings, ADDRESSES))["PATH"].split(":")
    assert (first, second) == ("/usr/bin", "/bin")
    assert asked == ["node"]
    assert str(ROOT / "node_modules" / ".bin") in added
    assert [Path(folder, "node").is_file() for folder in added if "node_modules" not in folder] == [True] * (
        not has_node
    )


def test_addresses_of_another_target_are_taken_out_of_the_shell() -> None:
    settings = Settings.from_environ({"TARGET": "aws", "REGION": "eu-west-1"})
    found = evaluated(shell_exports.exports(settings, {}), before=ADDRESSES)
    assert not ADDRESSES.keys() & found.keys()
    assert [found[name] for name in ("TARGET", "REGION", "AWS_REGION", "AWS_DEFAULT_REGION")] == [
        "aws",
        *["eu-west-1"] * 3,
    ]
    assert "AWS_ENDPOINT_URL" not in found


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """By whom ports of this machine are in use."""
    users: dict[int, str] = {}

    def check(*, port: int, variable: str) -> None:
        if port in users:
            raise PortInUseError(
                errno.EADDRINUSE, f"Port {port} is in use by {users[port]}; set {variable} to another."
            )

    monkeypatch.setattr("cli.undeployed.check_port_free", check)
    return users


@pytest.mark.usefixtures("taken")
def test_a_system_without_a_site_has_an_api_alone(tmp_path: Path) -> None:
    variables = {"SYSTEM": "examples/bookshop", "ALB_PORT": "9080", "STATE_DIR": str(tmp_path)}
    assert command_line._addresses_of(Settings.from_environ(variables)) == ({"API": "http://127.0.0.1:9080"}, "")


def test_ports_of_another_environment_or_program_are_no_addresses(taken: dict[int, str], tmp_path: Path) -> None:
    settings = Settings.from_environ({"ENV": "blue", "STATE_DIR": str(tmp_path)})
    begin = "Nothing is deployed as mysfits-blue with TARGET=local; run make deploy. "
    assert command_line._addresses_of(settings) == (ADDRESSES, "")
    taken[8081] = "python"
    problem = f"{begin}Port 8081 is in use by python; set SITE_PORT to another."
    assert command_line._addresses_of(settings) == ({}, problem)
    dev = Environment(alb_port=8080, site_port=9000, load_balancer="mysfits-dev")
    port_claims.write(tmp_path, Claims(environments={"mysfits-dev": dev}))
    problem = f"{begin}ALB_PORT=8080 is taken by the load balancer of the environment mysfits-dev."
    assert command_line._addresses_of(settings) == ({}, problem)


def test_what_listens_on_the_ports_of_the_environment_itself_is_its_own(taken: dict[int, str], tmp_path: Path) -> None:
    taken |= {8080: "envoy", 8081: "python"}
    blue = Environment(alb_port=8080, site_port=8081, load_balancer="mysfits-blue")
    port_claims.write(tmp_path, Claims(environments={"mysfits-blue": blue}))
    settings = Settings.from_environ({"ENV": "blue", "STATE_DIR": str(tmp_path)})
    assert command_line._addresses_of(settings) == (ADDRESSES, "")


def test_the_port_of_an_internal_load_balancer_counts_where_there_is_to_be_one(
    taken: dict[int, str], tmp_path: Path
) -> None:
    taken[8082] = "python"
    variables = {"ENV": "blue", "STATE_DIR": str(tmp_path)}
    assert command_line._addresses_of(Settings.from_environ(variables)) == (ADDRESSES, "")
    found, problem = command_line._addresses_of(Settings.from_environ({**variables, "FACADE": "internal"}))
    assert (found, problem.endswith("Port 8082 is in use by python; set INTERNAL_PORT to another.")) == ({}, True)


def test_keys_that_are_lost_under_a_running_embedded_aws_are_told_as_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    shell_exports.exports(settings, ADDRESSES)
    assert "does not run" in capsys.readouterr().err
    say_it_runs(tmp_path, aws_port=settings.aws_port)
    shell_exports.exports(settings, ADDRESSES)
    assert capsys.readouterr().err == (
        f"The embedded AWS runs, but {tmp_path / 'credentials.ini'}, which has its keys, is lost or damaged; run make "
        "deploy, which has it written anew.\n"
    )
