"""The orders of the load process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rehearse.surge import Surge


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """Orders of one load process.

    Attributes:
        system: folder of the system whose workload is sent, relative to the checkout.
        api: origin of the load balancer, such as ``http://127.0.0.1:8080``.
        rate: visits a second.
        seed: of the visits.
        mix: weight of each kind.
        run_id: new for each rehearsal; part of the keys of writes.
        timeout_seconds: for a connection, and for each wait for an answer.
        retry_seconds: how long after a visit was due it may be sent again; 0 for never.
        records: file to write.
        surge: how the rate changes; None: it does not.
    """

    system: str
    api: str
    rate: float
    seed: int
    mix: Mapping[str, int]
    run_id: str
    timeout_seconds: float
    retry_seconds: float
    records: Path
    surge: Surge | None = None

    def line(self) -> str:
        """Write the plan as JSON.

        Returns:
            One line.
        """
        document = {
            **vars(self),
            "mix": dict(self.mix),
            "records": str(self.records),
            "surge": None if self.surge is None else asdict(self.surge),
        }
        return json.dumps(document) + "\n"

    @classmethod
    def parse(cls, line: str) -> LoadPlan:
        """Read what ``line`` wrote.

        Returns:
            The same plan.
        """
        document = json.loads(line)
        surge = document["surge"]
        read = {"records": Path(document["records"]), "surge": None if surge is None else Surge(**surge)}
        return cls(**{**document, **read})
