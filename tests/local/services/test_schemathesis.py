"""Schemathesis against both services as they describe themselves: every check it has, no 5xx, no violation.

SCHEMATHESIS_CASES is the least number of cases a service gets, 200 by default. For the long run:
``SCHEMATHESIS_CASES=5000 make test`` or the same before ``pytest tests/local/services/test_schemathesis.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.local.services.conftest import StartService
from tests.local.services.service_process import FULFILL_KEY, ServiceProcess
from tests.local.services.table import MYSFITS, MysfitTable

CASES = int(os.environ.get("SCHEMATHESIS_CASES", "200"))
ANY_ID = ""
REAL_ID = f'[parameters]\n"path.mysfit_id" = "{MYSFITS[0]["MysfitId"]}"\n'


def run_schemathesis(service: ServiceProcess, folder: Path, *, config: str, examples: int) -> dict[str, Any]:
    """One run with all checks; its report."""
    folder.mkdir()
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    report = folder / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"),
            f"http://{service.netloc}/openapi.json",
            *("--checks", "all", "--max-examples", str(examples), "--continue-on-failure", "--no-color"),
            *("--header", f"X-Fulfill-Key: {FULFILL_KEY}", "--generation-database", "none"),
            *("--report", "json", "--report-json-path", str(report)),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(report.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.timeout(300 + CASES)
@pytest.mark.parametrize("name", ["monolith", "like", "adopt"])
async def test_no_generated_request_finds_a_5xx_or_a_violation_of_the_document(
    name: str, table: MysfitTable, start_service: StartService, tmp_path: Path
) -> None:
    service = start_service("monolith", **table.environ, MYSFIT_ACTIONS="like,adopt,fulfill-like,fulfill-adopt")
    if name != "monolith":
        service = start_service(name, MONOLITH_URL=service.netloc)
    async with aiohttp.ClientSession() as session, session.get(f"http://{service.netloc}/openapi.json") as answer:
        operations = len((await answer.json())["paths"])
    examples = CASES // (2 * operations) + 1
    reports = [
        run_schemathesis(service, tmp_path / str(number), config=config, examples=examples)
        for number, config in enumerate((ANY_ID, REAL_ID))
    ]
    assert [report["failures"] + report["errors"] for report in reports] == [[], []]
    assert sum(report["test_cases"]["generated"] for report in reports) >= CASES
    assert {report["operations"]["tested"] for report in reports} == {operations}
    failed = [line for line in service.logged if line.get("status", 0) >= 500]
    assert not failed
    assert table.likes(MYSFITS[0]["MysfitId"]) == len(
        [row for row in table.ledger() if row.startswith(MYSFITS[0]["MysfitId"])]
    )
