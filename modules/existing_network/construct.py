"""CDKTF construct of the module `existing_network`."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from modules.vpc_module import VpcModule


class ExistingNetwork(VpcModule):
    """A VPC that stands, by ids, with the outputs of ``Network``.

    None stands for the module's default.

    Args:
        vpc_id: the VPC.
        private_subnet_ids: where tasks run, by availability zone, by name or id, at least two.
        public_subnet_ids: for load balancers that the internet may call; None: there are none.
        isolated_subnet_ids: subnets without a way out; None: there are none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc_id: str,
        private_subnet_ids: Mapping[str, str],
        public_subnet_ids: Mapping[str, str] | None = None,
        isolated_subnet_ids: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="existing_network",
            inputs={
                "vpc_id": vpc_id,
                "private_subnet_ids": private_subnet_ids,
                "public_subnet_ids": public_subnet_ids,
                "isolated_subnet_ids": isolated_subnet_ids,
            },
        )
