"""The business steps that move out of the monolith; as in the workshop, each is a line in the log."""

from __future__ import annotations

import logging

from services.common.logs import fields

log = logging.getLogger(__name__)


def process_like(mysfit_id: str) -> None:
    """What a like means to the business."""
    log.info("Like processed.", extra=fields(mysfitId=mysfit_id))


def process_adoption(mysfit_id: str) -> None:
    """What an adoption means to the business."""
    log.info("Adoption processed.", extra=fields(mysfitId=mysfit_id))
