"""Checks of our own files and of the packages that we use: ruff, mypy, workflows, bandit, detect-secrets, pip-audit."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath
from typing import Any, Final

from policy.findings import Finding, Result
from policy.tools import VENV, ToolError, call
from systems.checkout import ROOT

WORKFLOWS: Final = ROOT / ".github" / "workflows"

_NOT_SCANNED: Final = r"(package-lock\.json|.*requirements[a-z-]*\.txt|docs/performance\..*)$"
"""Files full of checksums."""
_NO_SECRETS: Final = (
    r"arn:aws:|@sha256:|\"requestId\"|http://127\.0\.0\.1|AKIAIOSFODNN7EXAMPLE|/0123456789abcdef"
    r"|_pattern +=|var\.secrets|\"sha256\": |\"aws_secretsmanager_secret"
)
"""Lines with names of AWS and of its types, digests, ids of requests, patterns and names of variables."""
_ANY_VALUE: Final = r"^(test|later|t-1|the key)$"
"""Values that tests give where any will do."""
_SECRET_OPTIONS: Final = (
    *("--exclude-lines", _NO_SECRETS),
    *("--exclude-secrets", _ANY_VALUE),
)
_BY_LINE: Final = frozenset({".py", ".tf", ".hcl"})
"""Kinds of files of which detect-secrets looks at nothing but single lines."""
_UNTESTED: Final = ("tests", "examples")


def style() -> Result:
    """ruff: what it finds, and what it would write otherwise."""
    answer = _own("ruff", "check", "--output-format", "json", ".")
    found = [
        Finding(where=f"{_short(one['filename'])}:{one['location']['row']}", rule=one["code"], text=one["message"])
        for one in json.loads(answer.stdout)
    ]
    formatted = _own("ruff", "format", "--check", ".")
    found += [
        Finding(where=line.removeprefix("Would reformat: "), rule="format", text="run ruff format")
        for line in formatted.stdout.splitlines()
        if line.startswith("Would reformat: ")
    ]
    return Result(examined=f"{len(_tracked('*.py'))} files", findings=found)


def types() -> Result:
    """mypy."""
    answer = _own("mypy", "--output", "json")
    lines = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    found = [
        Finding(where=f"{one['file']}:{one['line']}", rule=one["code"] or "mypy", text=one["message"])
        for one in lines
        if one["severity"] == "error"
    ]
    if answer.returncode and not found:
        raise ToolError(f"mypy: {(answer.stderr or answer.stdout).strip()}")
    return Result(examined=f"{len(_tracked('*.py'))} files", findings=found)


def workflows() -> Result:
    """The workflows, by GitHub's schema and a linter that knows its expressions and has shellcheck look at scripts."""
    files = sorted(WORKFLOWS.glob("*.y*ml"))
    answer = call("jactionlint", "--format", "json", "--strict-exit")
    found = [
        Finding(where=f"{_short(one['filepath'])}:{one['line']}", rule=one["kind"], text=one["message"])
        for one in json.loads(answer.stdout)
    ]
    schema = "vendor.github-workflows"
    checked = json.loads(call("check-jsonschema", "--builtin-schema", schema, "-o", "json", *map(str, files)).stdout)
    found += [
        Finding(where=_short(one["filename"]), rule="schema", text=f"{one['path']}: {one['message']}")
        for one in checked.get("errors", ())
    ]
    return Result(
        examined=f"{len(files)} workflows", findings=sorted(found), not_examined=left_out_by_linter(answer.stderr)
    )


def left_out_by_linter(said: str) -> list[str]:
    """What the linter of workflows did not look at, going by its remarks: it ends with 0 all the same."""
    return [line.removeprefix("note: ") for line in said.splitlines() if "was not found" in line]


def dangerous_calls() -> Result:
    """bandit on everything that is no test."""
    folders = [name for name in _packages() if name not in _UNTESTED]
    answer = json.loads(call("bandit", "-q", "-r", *folders, "main.py", "-f", "json", "-ll").stdout)
    found = [
        Finding(where=f"{_short(one['filename'])}:{one['line_number']}", rule=one["test_id"], text=one["issue_text"])
        for one in answer["results"]
    ]
    found += [Finding(where=one["filename"], rule="bandit", text=one["reason"]) for one in answer["errors"]]
    return Result(
        examined=f"{answer['metrics']['_totals']['loc']:,} lines",
        findings=sorted(found),
        exempted=answer["metrics"]["_totals"]["nosec"],
    )


def secrets(folder: Path) -> Result:
    """detect-secrets on every file that git has."""
    return secrets_in(ROOT, [name for name in _tracked() if not re.match(_NOT_SCANNED, name)], folder / "secrets")


def secrets_in(root: Path, files: Sequence[str], copy: Path) -> Result:
    """detect-secrets on files below ``root``, in a copy in which a line that several of them have is there once."""
    places = _write_lines(root, [name for name in files if PurePosixPath(name).suffix in _BY_LINE], copy)
    others = [name for name in files if PurePosixPath(name).suffix not in _BY_LINE]
    for name in others:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, copy / name)
    scanned = sorted({*others, *(file for file, _ in places)})
    answer = json.loads(call("detect-secrets", "scan", *_SECRET_OPTIONS, *scanned, cwd=copy).stdout)
    found = [
        Finding(where=where, rule="secret", text=one["type"])
        for file, ones in answer["results"].items()
        for one in ones
        for where in places.get((file, one["line_number"]), [f"{file}:{one['line_number']}"])
    ]
    return Result(examined=f"{len(files)} files", findings=sorted(found))


def _write_lines(root: Path, names: Sequence[str], folder: Path) -> Mapping[tuple[str, int], Sequence[str]]:
    """Write each distinct line into a file of ``folder`` for all files of its kind.

    Returns:
        By name and line of those files, where below ``root`` that line is.
    """
    folder.mkdir()
    lines: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in names:
        of_kind = lines[f"lines{PurePosixPath(name).suffix}"]
        for number, line in enumerate((root / name).read_text(encoding="utf-8").split("\n"), start=1):
            of_kind[line.strip()].append(f"{name}:{number}")
    for file, of_kind in lines.items():
        (folder / file).write_text("".join(f"{line}\n" for line in of_kind), encoding="utf-8")
    return {
        (file, number): found
        for file, of_kind in lines.items()
        for number, found in enumerate(of_kind.values(), start=1)
    }


def vulnerabilities(folder: Path) -> Result:
    """pip-audit on every package that is installed here and in the tools' environment.

    It leaves out what its service does not know, and ends with 0 all the same; so what it says of each is counted. One
    package is asked about first: where the service does not know that one, it is no use to ask for the rest.
    """
    packages = sorted({*_installed(), *_installed(next((VENV / "lib").glob("python*/site-packages")))})
    first = [one for one in packages if one.startswith("pip==")][:1] or packages[:1]
    problem = audit_problem(_audit(folder, first))
    if problem:
        return Result(examined=f"0 of {len(packages)} packages", not_examined=[f"none was audited: {problem}"])
    return audited(_audit(folder, packages))


def audit_problem(answer: Mapping[str, Any] | str) -> str:
    """Why nothing can be audited, going by the answer about one package; empty: it can."""
    if isinstance(answer, str):
        return answer
    return next((one["skip_reason"] for one in answer["dependencies"] if "skip_reason" in one), "")


def audited(answer: Mapping[str, Any] | str) -> Result:
    """What pip-audit's answer about all packages means."""
    if isinstance(answer, str):
        return Result(examined="0 packages", not_examined=[f"none was audited: {answer}"])
    known = [one for one in answer["dependencies"] if "skip_reason" not in one]
    found = [
        Finding(
            where=f"{one['name']} {one['version']}",
            rule=two["id"],
            text=_mended_in(two["fix_versions"]),
        )
        for one in known
        for two in one["vulns"]
    ]
    skipped = [f"{one['name']}: {one['skip_reason']}" for one in answer["dependencies"] if "skip_reason" in one]
    total = len(answer["dependencies"])
    return Result(examined=f"{len(known)} of {total} packages", findings=sorted(found), not_examined=skipped)


def _audit(folder: Path, packages: Sequence[str]) -> Mapping[str, Any] | str:
    """pip-audit's answer, or why there is none."""
    listed = folder / "audited.txt"
    listed.write_text("".join(f"{one}\n" for one in packages), encoding="utf-8")
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10", "--format", "json")
    try:
        answer: Mapping[str, Any] = json.loads(call("pip-audit", "-r", str(listed), *options).stdout)
    except (ToolError, ValueError) as problem:
        return f"the service of advisories does not answer ({str(problem)[-120:]})"
    return answer


def _installed(path: Path | None = None) -> Iterable[str]:
    found = distributions() if path is None else distributions(path=[str(path)])
    return (f"{one.metadata['Name'].lower()}=={one.version}" for one in found)


def _mended_in(versions: Sequence[str]) -> str:
    return f"mended in {', '.join(versions) or 'no version yet'}"


def _own(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of our own environment."""
    path = str(Path(sys.executable).with_name(program))
    return subprocess.run([path, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def _tracked(*patterns: str) -> list[str]:
    answer = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in answer.stdout.split("\0") if name]


def _packages() -> list[str]:
    """Folders of the checkout that have Python files, by git."""
    return sorted({name.partition("/")[0] for name in _tracked("*.py") if "/" in name})


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_absolute() and path.is_relative_to(ROOT) else file
