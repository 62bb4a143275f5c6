"""DescribeServices for Terraform: the answer waits a moment for the service to become steady.

Terraform waits for a steady state by asking again after 0.2, 0.4, 0.8 … up to 10 s, and so learns of a roll-out of nine
seconds after thirteen. Whoever else asks is answered at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from moto.ecs.responses import EC2ContainerServiceResponse

from embedded import patches
from embedded.ecs.service import is_settled

LONGEST_SECONDS: Final = 5.0
"""Short enough that looking at a service that never becomes steady stays bearable."""

_LOOK_SECONDS: Final = 0.05


def answer_terraform_when_steady() -> None:
    """Patch moto; done once, before serving. Upstream issue: none, AWS answers at once as well."""
    original = EC2ContainerServiceResponse.describe_services

    def describe_services(self: Any) -> Any:
        if "Terraform" in self.headers.get("User-Agent", ""):
            wait_until_settled(self)
        return original(self)

    patches.replace(EC2ContainerServiceResponse, "describe_services", describe_services, written_for="self")


def wait_until_settled(
    request: Any, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return when every service that the DescribeServices ``request`` names is settled, or after ``LONGEST_SECONDS``.

    Args:
        request: moto's, with the parameters of the call and the backend.
        clock: monotonic seconds.
        sleep: waits for so many seconds.
    """
    parameters = request._get_params()
    cluster = parameters.get("cluster", "default").rpartition("/")[2]
    names = {str(name).rpartition("/")[2] for name in parameters.get("services", ())}
    until = clock() + LONGEST_SECONDS
    while clock() < until:
        records = list(request.ecs_backend.services.values())
        if all(is_settled(record) for record in records if record.cluster_name == cluster and record.name in names):
            return
        sleep(_LOOK_SECONDS)
