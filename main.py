"""Writes the Terraform of the stack to ``cdktf.out``: ``python main.py``, or through ``cdktf``."""

from __future__ import annotations

import os
import sys

from settings.folders import require_usable
from settings.settings import Settings, SettingsError
from stacks.cdktf_runtime import prepare_cdktf


def synthesise(settings: Settings) -> None:
    """Write ``stacks/mysfits/cdk.tf.json`` below the output folder of ``settings``."""
    prepare_cdktf(os.environ)
    # Importing CDKTF starts a Node process, which has to wait for the line above and is no use to wrong settings.
    from cdktf import App  # noqa: PLC0415

    from stacks.mysfits import MysfitsStack  # noqa: PLC0415
    from stacks.provider import write_beside_stack  # noqa: PLC0415

    app = App(outdir=str(settings.out_dir))
    MysfitsStack(app, settings=settings)
    app.synth()
    write_beside_stack(settings)


def main() -> int:
    """Exit status: 0, or 2 with one line on stderr for each problem of the settings."""
    try:
        settings = Settings.from_environ(os.environ)
        require_usable(settings)
    except SettingsError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 2
    synthesise(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
