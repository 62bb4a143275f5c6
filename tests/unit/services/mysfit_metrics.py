"""Metrics with the names that mysfits add to the kit's."""

from __future__ import annotations

from services.kit.metrics import Metrics
from services.mysfits.api import MYSFITS_API


def mysfit_metrics() -> Metrics:
    """Metrics as a service of mysfits has them."""
    return Metrics(namespace=MYSFITS_API.namespace, counts=MYSFITS_API.counts, measures=MYSFITS_API.measures)
