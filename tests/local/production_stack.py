"""The stack of ``PROFILE=production``, as it goes to AWS, for the embedded AWS: as a module of a test's own stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from policy.plans import environ_of
from systems.checkout import ROOT
from tests.support import EmbeddedAws, quiet_ports

STAGE: Final = "monolith"
"""The first with all that lasts: further services are more of the same, and their images would have to be built."""
NAME: Final = "production"
NOT_CARRIED: Final = f"module.{NAME}.module.site_distribution.aws_cloudfront_distribution.this"
"""The one resource of which the embedded AWS says something else than it was told, which AWS does not."""


def write(modules: Path, embedded_aws: EmbeddedAws) -> str:
    """Synthesise it below ``modules``.

    Three things are otherwise than on AWS: whose certificate it is, the ports of the listeners, which here are this
    machine's, and that no task runs.

    Returns:
        The block that calls it.
    """
    environ = environ_of("mysfits", STAGE, NAME)
    certificate = embedded_aws.client("acm").request_certificate(DomainName=environ["DOMAIN"])
    subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={
            **{name: text for name, text in os.environ.items() if name in ("PATH", "HOME")},
            **environ,
            "CERTIFICATE_ARN": certificate["CertificateArn"],
            "CDKTF_OUTDIR": str(modules / NAME),
        },
        check=True,
    )
    file = modules / NAME / "stacks" / "mysfits" / "cdk.tf.json"
    stack = json.loads(file.read_text(encoding="utf-8"))
    balancer = stack["module"]["alb"]
    inside = stack["module"]["alb_internal"]
    balancer["listener_port"], balancer["redirect_http_port"], inside["listener_port"] = quiet_ports(3)
    del stack["provider"], stack["terraform"]["backend"]
    file.write_text(json.dumps(stack), encoding="utf-8")
    return f'module "{NAME}" {{\n  source         = "../{NAME}/stacks/mysfits"\n  monolith_tasks = 0\n}}\n'
