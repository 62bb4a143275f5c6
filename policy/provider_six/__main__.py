"""Writes ``schema.json``: ``python -m policy.provider_six`` downloads two wheels, 84 MB, and reads them for seconds.

Nothing is installed. To move to a later provider, raise the versions here, run it and then the tests.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from policy.provider_six import deprecations, names
from policy.provider_six.places import PLACES
from policy.provider_six.schema import FILE, ProviderType

NAMES_FROM: Final = ("cdktn-provider-aws", "25.8.1")
DEPRECATIONS_FROM: Final = ("pulumi-aws", "7.51.1")
_PROVIDER: Final = re.compile(r"/providers/hashicorp/aws/([\d.]+)/docs/")


def main() -> None:
    """Download, read, write."""
    with tempfile.TemporaryDirectory() as folder:
        named, said = (_download(package, Path(folder)) for package in (NAMES_FROM, DEPRECATIONS_FROM))
        described = names.assembly(named)
        version = next(found[1] for one in described.values() if (found := _PROVIDER.search(str(one.get("docs")))))
        with zipfile.ZipFile(said) as package:
            types = {
                name: replace(one, deprecated=deprecations.deprecated(package.read, PLACES[name], one))
                if PLACES[name]
                else one
                for name, one in names.provider_types(described, PLACES)
            }
        sources = [
            {"package": f"{name}=={version}", "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
            for (name, version), wheel in ((NAMES_FROM, named), (DEPRECATIONS_FROM, said))
        ]
    absent = sorted(PLACES.keys() - types.keys())
    if absent:
        sys.exit(f"Provider {version} has no {', '.join(absent)}.")
    FILE.write_text(written(version, sources, types), encoding="utf-8")


def written(version: str, sources: list[dict[str, str]], types: Mapping[str, ProviderType]) -> str:
    """The file, with a line for each type."""
    head: dict[str, Any] = {
        "about": "Part of the AWS provider's schema, written by: python -m policy.provider_six",
        "provider": version,
        "read": datetime.now(UTC).date().isoformat(),
        "sources": sources,
    }
    lines = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps({**asdict(one), 'attributes': sorted(one.attributes)}, sort_keys=True)}"
        for name, one in sorted(types.items())
    )
    opening = json.dumps(head, indent=2).removesuffix("\n}")
    return f'{opening},\n  "types": {{\n{lines}\n  }}\n}}\n'


def _download(package: tuple[str, str], folder: Path) -> Path:
    name, version = package
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, "--dest", str(folder), f"{name}=={version}"], check=True)
    (wheel,) = folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")
    return wheel


if __name__ == "__main__":
    main()
