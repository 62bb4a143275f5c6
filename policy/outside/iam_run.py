"""parliament and cloudsplaining over many policies. Both end with 0 whatever they find, so their findings are read.

Run in the tools' environment with a JSON object on stdin, policy text by name. Prints a JSON list of objects with
``tool``, ``policy`` (name), ``issue``, ``detail``.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import Any


def main() -> None:
    """Read policies, print findings."""
    warnings.simplefilter("ignore")  # parliament finds its data by a package that its authors deprecated
    policies = json.load(sys.stdin)
    json.dump([*_parliament(policies), *_cloudsplaining(policies)], sys.stdout)


def _parliament(policies: Mapping[str, str]) -> Iterator[dict[str, str]]:
    import parliament  # noqa: PLC0415 - never in our own environment

    for name, text in policies.items():
        for finding in parliament.analyze_policy_string(text).findings:
            enhanced = parliament.enhance_finding(finding)
            if enhanced.severity != "MUTE":
                yield _finding("parliament", name, finding.issue, f"{enhanced.title} {finding.detail}".strip())


def _cloudsplaining(policies: Mapping[str, str]) -> Iterator[dict[str, str]]:
    from cloudsplaining.command.scan_policy_file import scan_policy  # noqa: PLC0415

    for name, text in policies.items():
        results: Mapping[str, Any] = scan_policy(json.loads(text))
        for issue, result in results.items():
            for found in result["findings"] if isinstance(result, dict) else result:
                yield _finding("cloudsplaining", name, issue, found if isinstance(found, str) else json.dumps(found))


def _finding(tool: str, policy: str, issue: str, detail: str) -> dict[str, str]:
    return {"tool": tool, "policy": policy, "issue": issue, "detail": detail}


if __name__ == "__main__":
    main()
