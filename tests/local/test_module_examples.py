"""The modules' examples, as callers of another company write them: applied, answered, and empty at the second plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.readme import MODULES
from systems.checkout import ROOT
from tests.local.applied_example import PROVIDER_BLOCK, SERVICES, VARIABLE, Example, applied, copied_modules
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

PLANNED_ONLY = {
    "github_oidc_role/examples/minimal",  # an account has one identity provider for GitHub, which `complete` makes
    "site_distribution/examples/complete",  # a distribution is not given back as it was asked for
    "site_distribution/examples/minimal",
}
"""Not applied to the embedded AWS; tests/terraform plans all."""

MAINS = {
    str(path.parent.relative_to(MODULES)): path
    for path in sorted(MODULES.glob("*/examples/*/main.tf"))
    if path.parent.relative_to(ROOT) not in SERVICES and str(path.parent.relative_to(MODULES)) not in PLANNED_ONLY
}
PORTS = {name: VARIABLE.findall(path.read_text(encoding="utf-8")) for name, path in MAINS.items()}
"""Variables of each example: the ports of its listeners."""

LISTENING = [name for name, ports in PORTS.items() if ports]
OTHERS = [name for name, ports in PORTS.items() if not ports]


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("examples"))) as running:
        yield running


@pytest.fixture
def example(request: pytest.FixtureRequest, embedded_aws: EmbeddedAws, tmp_path: Path) -> Iterator[Example]:
    """The example that the test names, applied."""
    with applied(embedded_aws, copied_modules(tmp_path) / request.param, PORTS[request.param]) as made:
        yield made


def test_examples_that_do_not_listen_are_applied_and_empty_at_the_second_plan(
    embedded_aws: EmbeddedAws, tmp_path: Path
) -> None:
    """All in one: each Terraform run takes seconds, most of them for the provider, which is the same for all."""
    copy = copied_modules(tmp_path)
    together = copy / "together"
    together.mkdir()
    blocks = []
    for name in OTHERS:
        main = copy / name / "main.tf"
        text, count = PROVIDER_BLOCK.subn("", main.read_text(encoding="utf-8"))
        assert count == 1, f"{name}: an example has one provider block"
        main.write_text(text, encoding="utf-8")
        blocks.append(f'module "{name.replace("/", "-")}" {{\n  source = "../{name}"\n}}\n')
    (together / "main.tf").write_text("\n".join(['provider "aws" {\n  region = "us-east-1"\n}\n', *blocks]))
    with applied(embedded_aws, together) as made:
        again = made.run("plan", "-detailed-exitcode")
        assert again.returncode == 0, again.stdout + again.stderr


def knows_distribution(example: Example) -> None:
    """Whoever lacks the header's secret is refused on the very path that the distribution is answered on."""
    (sent,) = [{name: value} for name, value in example.outputs()["origin_headers"].items()]
    for headers, status in ((sent, 200), ({}, 403), (dict.fromkeys(sent, "guessed"), 403)):
        answer = example.get("http_port", "http", path="/api/health", headers=headers)
        assert answer is not None
        assert answer.status == status, headers.keys()


@pytest.mark.parametrize("example", LISTENING, indirect=True)
def test_an_example_is_applied_answers_and_is_empty_at_the_second_plan(example: Example) -> None:
    again = example.run("plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr
    scheme = "https" if "https_port" in example.ports else "http"
    nobody = wait_for(lambda: example.get(f"{scheme}_port", scheme), what=f"{scheme} is served")
    status = 403 if "origin_headers" in example.outputs() else 404
    assert (nobody.status, nobody.headers["Content-Type"]) == (status, "application/json")
    if status == 403:
        knows_distribution(example)
    if scheme == "https":
        moved = wait_for(lambda: example.get("http_port", "http", redirect=False), what="http is served")
        port = example.ports["https_port"]
        assert (moved.status, moved.headers["Location"]) == (301, f"https://localhost:{port}/nowhere")
