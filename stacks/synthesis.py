"""Writing the Terraform of a system."""

from __future__ import annotations

import os

from settings.settings import Settings
from stacks.cdktf_runtime import prepare_cdktf


def synthesise(settings: Settings) -> None:
    """Write ``stacks/<system>/cdk.tf.json`` below the output folder of ``settings``."""
    prepare_cdktf(os.environ)
    # Importing CDKTF starts a Node process, which has to wait for the line above and is no use to wrong settings.
    from cdktf import App  # noqa: PLC0415

    from stacks.provider import write_beside_stack  # noqa: PLC0415
    from stacks.system_stack import SystemStack  # noqa: PLC0415

    app = App(outdir=str(settings.out_dir))
    SystemStack(app, settings=settings)
    app.synth()
    write_beside_stack(settings)
