"""checkov over one folder of modules and many plans, in one process: its import takes longer than a plan.

Run in the tools' environment with a JSON object on stdin, ``{"modules": folder or null, "plans": [files]}``. Prints a
JSON list of objects with ``source`` (file), ``resource`` (address), ``check``, ``title``, ``passed``.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Read what to look at, print what checkov found."""
    wanted = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)  # it logs every attribute that it cannot resolve
    _keep_parsers()
    json.dump([*_modules(wanted["modules"]), *_plans(wanted["plans"])], sys.stdout)


def _keep_parsers() -> None:
    """Let JSONPath, which computes the tables of its grammar anew for each expression, do that once.

    That was half of the time of a scan.
    """
    from ply import yacc  # noqa: PLC0415

    make = yacc.yacc
    made: dict[tuple[type, str], Any] = {}

    def kept(*, module: object, start: str, **options: Any) -> Any:
        key = type(module), start
        if key not in made:
            made[key] = make(module=module, start=start, **options)
        return made[key]

    yacc.yacc = kept


def _modules(folder: str | None) -> list[dict[str, Any]]:
    if folder is None:
        return []
    from checkov.runner_filter import RunnerFilter  # noqa: PLC0415 - seconds, and never in our own environment
    from checkov.terraform.runner import Runner  # noqa: PLC0415

    report = Runner().run(root_folder=folder, runner_filter=RunnerFilter(), collect_skip_comments=False)
    return _records(report)


def _plans(files: list[str]) -> list[dict[str, Any]]:
    from checkov.runner_filter import RunnerFilter  # noqa: PLC0415
    from checkov.terraform.plan_runner import Runner  # noqa: PLC0415

    # One run each: in one for all, resources of different plans would be neighbours.
    return [
        record
        for file in files
        for record in _records(Runner().run(files=[file], runner_filter=RunnerFilter()), source=file)
    ]


def _records(report: Any, source: str | None = None) -> list[dict[str, Any]]:
    if report.parsing_errors:
        raise SystemExit(f"checkov cannot read {', '.join(report.parsing_errors)}")
    return [
        {
            "source": source or str(Path(record.file_abs_path)),
            "resource": record.resource,
            "check": record.check_id,
            "title": record.check_name,
            "passed": passed,
        }
        for passed, records in ((True, report.passed_checks), (False, report.failed_checks))
        for record in records
    ]


if __name__ == "__main__":
    main()
