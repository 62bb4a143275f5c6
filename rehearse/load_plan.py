"""What the load process is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearse.traffic import Mysfit


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """Orders of one load process.

    Attributes:
        api: origin of the load balancer, such as ``http://127.0.0.1:8080``.
        rate: visits a second.
        seed: of the visits.
        mix: weight of each kind.
        run_id: first part of every Idempotency-Key.
        timeout_seconds: for a connection, and for each wait for an answer.
        retry_seconds: how long after a visit was due it may be sent again; 0 for never.
        mysfits: who can be visited.
        records: file to write.
    """

    api: str
    rate: float
    seed: int
    mix: Mapping[str, int]
    run_id: str
    timeout_seconds: float
    retry_seconds: float
    mysfits: tuple[Mysfit, ...]
    records: Path

    def line(self) -> str:
        """As one line of JSON."""
        document = {
            **vars(self),
            "mix": dict(self.mix),
            "mysfits": [[mysfit.id, dict(mysfit.traits)] for mysfit in self.mysfits],
            "records": str(self.records),
        }
        return json.dumps(document) + "\n"

    @classmethod
    def parse(cls, line: str) -> LoadPlan:
        """The reverse of ``line``."""
        document = json.loads(line)
        mysfits = tuple(Mysfit(id=mysfit_id, traits=traits) for mysfit_id, traits in document["mysfits"])
        return cls(**{**document, "mysfits": mysfits, "records": Path(document["records"])})
