"""The ELBv2 API with our checks, for the tests of one file."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from moto import mock_aws
from moto.elbv2.models import elbv2_backends
from moto.elbv2.responses import ELBV2Response

from embedded.alb.api import validation
from embedded.alb.backend import EmbeddedElb
from tests.unit.embedded.alb.api.balanced_api import Api, made


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in list(vars(ELBV2Response).items()):  # as it is now, once the tests of this file are over
            if not name.startswith("__"):
                patch.setattr(ELBV2Response, name, value)
        patch.setattr(elbv2_backends, "backend", EmbeddedElb)
        validation.install(threading.RLock())
        yield made()
