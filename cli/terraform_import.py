"""A folder in which ``terraform import`` takes one object into a state, whatever else of the stack exists.

In the stack itself an import evaluates everything, and fails on what is not known before the rest was applied: when the
first deploy was cut off, nearly all. Here Terraform sees the provider and one empty resource at its address.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_ADDRESS: Final = re.compile(r'(module\.(?P<module>[\w-]+)\.)?(?P<kind>\w+)\.(?P<name>[\w-]+)(\[(?P<key>"[^"]*")\])?')
_BESIDE_STACK: Final = (".terraform.lock.hcl", "embedded-aws.ini")


@contextlib.contextmanager
def import_folder(stack_dir: Path, address: str) -> Iterator[Path]:
    """Make the folder for as long as the block runs, beside the stack's, so that relative paths of the provider hold.

    Args:
        stack_dir: of the initialised stack.
        address: of the resource, in the stack itself or in a module of it.

    Raises:
        ValueError: an address that the stack cannot have.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(f"{address} is no address of a resource in the stack or a module of it.")
    stack: dict[str, Any] = json.loads((stack_dir / "cdk.tf.json").read_text(encoding="utf-8"))
    terraform = {"required_providers": stack["terraform"]["required_providers"]}
    remote = stack["terraform"].get("backend", {}).get("s3")
    body = {"for_each": f"${{toset([{found['key']}])}}"} if found["key"] else {}
    resource: dict[str, Any] = {"resource": {found["kind"]: {found["name"]: body}}}
    backend = {"backend": {"s3": remote}} if remote else {}
    root: dict[str, Any] = {"terraform": {**terraform, **backend}, "provider": stack["provider"]}
    modules = [{"Key": "", "Source": "", "Dir": "."}]
    with tempfile.TemporaryDirectory(dir=stack_dir.parent, prefix="import-") as name:
        folder = Path(name)
        if found["module"]:
            root["module"] = {found["module"]: {"source": "./module"}}
            modules.append({"Key": found["module"], "Source": "./module", "Dir": "module"})
            _write(folder / "module" / "main.tf.json", {"terraform": terraform, **resource})
        else:
            root |= resource
        _write(folder / "main.tf.json", root)
        _write(folder / ".terraform" / "modules" / "modules.json", {"Modules": modules})
        (folder / ".terraform" / "providers").symlink_to(stack_dir.resolve() / ".terraform" / "providers")
        if remote:  # what init wrote down of the backend; without, Terraform would ask for another init
            shutil.copy(stack_dir / ".terraform" / "terraform.tfstate", folder / ".terraform")
        for file in _BESIDE_STACK:
            if (stack_dir / file).is_file():
                shutil.copy(stack_dir / file, folder)
        yield folder


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
