"""Secrets that are there already, and ports of what is not ours, come to the module as they are declared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from systems.checkout import ROOT
from tests.terraform.conftest import environ_with, read_stack

ARN: Final = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf:password::"
_WITH_SECRETS: Final = """
import os, sys
from dataclasses import replace
from settings.settings import Settings
from stacks.synthesis import synthesise
from systems.service import Secret
settings = Settings.from_environ(os.environ)
monolith = settings.system.monolith
own = {"DB_PASSWORD": Secret(source=sys.argv[1]), "DB_USER": Secret(source="/shop/db-user")}
monolith = replace(monolith, secrets={**monolith.secrets, **own}, egress_tcp_ports=(5432, 6379))
synthesise(replace(settings, system=replace(settings.system, monolith=monolith)))
"""


@pytest.mark.parametrize("target", ["local", "aws"])
def test_a_monolith_gets_its_own_secrets_and_ports(target: str, tmp_path: Path) -> None:
    environ = environ_with(STAGE="monolith", TARGET=target, ENV="test", CDKTF_OUTDIR=str(tmp_path))
    subprocess.run([sys.executable, "-c", _WITH_SECRETS, ARN], cwd=ROOT, env=environ, check=True)
    stack: dict[str, Any] = read_stack(tmp_path / "stacks" / SYSTEM.name)
    module = stack["module"]["monolith"]
    assert module["secrets"]["DB_PASSWORD"] == ARN
    account = "${data.aws_caller_identity.account.account_id}"
    assert module["secrets"]["DB_USER"] == f"arn:aws:ssm:us-east-1:{account}:parameter/shop/db-user"
    assert {5432, 6379, 443} <= set(module["egress_tcp_ports"])
    assert set(stack["data"]["aws_caller_identity"]) == {"account"}
