"""What the workshop deploys by the end of its lab 4, to compare costs with.

Its CloudFormation template (``workshop-1/core.yml`` of aws-samples/amazon-ecs-mythicalmysfits-workshop) has a NAT
gateway for each of two zones, a load balancer and one task of the monolith; lab 4 adds one task of the like service.
Left out, in its favour: the Cloud9 instance, which stops by itself, and the table's provisioned capacity of 15 read and
15 write units, which lies within AWS's free tier.
"""

from __future__ import annotations

from typing import Final

from systems.layout import Layout, TaskGroup, Yardstick

_CPU_UNITS: Final = 256
_MEMORY_MIB: Final = 512

WORKSHOP: Final = Yardstick(
    title="the workshop's layout",
    layout=Layout(
        tasks=tuple(
            TaskGroup(name=name, count=1, cpu_units=_CPU_UNITS, memory_mib=_MEMORY_MIB) for name in ("like", "monolith")
        ),
        nat_gateways=2,
        load_balancers=1,
        load_balancer_addresses=2,
        log_groups=2,
        tables=1,
        registries=2,
        buckets=1,
        distributions=0,
    ),
)
