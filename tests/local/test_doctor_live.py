"""make doctor, of this machine and of an account: the embedded AWS stands for one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import aws as aws_clients
from cli.command_line import main
from cli.doctor import account
from cli.doctor.check import Check
from embedded import credentials
from tests.support import EmbeddedAws, environment_of, local_settings, running_embedded_aws


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("doctor") / "state")) as running:
        yield running


@pytest.fixture
def doctor(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, str]]]:
    """Run the command in this process; exit code and lines by what they are of."""

    def call(**variables: str) -> tuple[int, dict[str, str]]:
        for name, value in {**environment_of(aws.settings), **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("cli.interrupts.listen", lambda: None)  # the signals of this process are pytest's
        aws_clients._session.cache_clear()
        code = main(["doctor"])
        aws_clients._session.cache_clear()
        lines = capsys.readouterr().out.splitlines()
        return code, {line[6:].partition(":")[0]: line for line in lines}

    return call


def by_name(aws: EmbeddedAws) -> dict[str, Check]:
    return {check.name: check for check in account.account_checks(aws.settings)}


def test_this_machine_is_ready_while_the_embedded_aws_runs(doctor: Callable[..., tuple[int, dict[str, str]]]) -> None:
    code, lines = doctor()
    assert code == 0
    assert all(line.startswith("ok") for line in lines.values())
    assert "sockets listen, all on loopback" in lines["Loopback"]


def test_a_port_of_somebody_else_is_named(aws: EmbeddedAws, doctor: Callable[..., tuple[int, dict[str, str]]]) -> None:
    with socket.create_server(("127.0.0.1", aws.settings.alb_port)):
        code, lines = doctor()
    assert code == 1
    assert f"Port {aws.settings.alb_port} is in use" in lines["Ports"]


def test_roles_and_quotas_are_read_from_the_account(aws: EmbeddedAws) -> None:
    before = by_name(aws)
    assert "create-service-linked-role" in before["Role of ecs.amazonaws.com"].mend
    used = int(before["Quota of VPCs"].found.split(" used")[0].split()[-1])
    assert " of 5" in before["Quota of VPCs"].found
    ec2 = aws.client("ec2")
    for number in range(5 - used):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    for service in ("ecs", "elasticloadbalancing", "ecs.application-autoscaling"):
        aws.client("iam").create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    after = by_name(aws)
    assert "1 needed, 5 used of 5" in after["Quota of VPCs"].found
    assert "vpc L-F678F1CE" in after["Quota of VPCs"].mend
    assert {name for name, check in after.items() if not check.passed} == {"Quota of VPCs"}
    assert len(after) == 8


def test_what_the_environment_has_itself_is_not_counted_against_it(aws: EmbeddedAws) -> None:
    before = by_name(aws)["Quota of Elastic IP addresses"]
    tags = [{"Key": name, "Value": value} for name, value in aws.settings.tags.items()]
    ec2 = aws.client("ec2")
    ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    assert by_name(aws)["Quota of Elastic IP addresses"] == before
    ec2.allocate_address(Domain="vpc")
    assert by_name(aws)["Quota of Elastic IP addresses"] != before


def test_the_account_of_the_embedded_aws_is_none_for_the_target_aws(
    aws: EmbeddedAws, doctor: Callable[..., tuple[int, dict[str, str]]], tmp_path: Path
) -> None:
    keys = credentials.read(aws.settings.state_dir)
    assert keys is not None
    endpoint = {"AWS_ENDPOINT_URL": str(aws.settings.aws_endpoint_url), **keys.environ}
    code, lines = doctor(TARGET="aws", CDKTF_OUTDIR=str(tmp_path / "out"), **endpoint)
    assert code == 1
    assert "000000000000" in lines["Credentials"]
    assert lines["Names"].startswith("ok")
    assert not (tmp_path / "out").exists()
