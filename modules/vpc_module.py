"""What a network has for others, whether its module made it or takes one that stands."""

from __future__ import annotations

from modules.local_module import LocalModule


class VpcModule(LocalModule):
    """A module whose outputs are a VPC and its subnets."""

    @property
    def vpc_id(self) -> str:
        """Id of the VPC."""
        return self.get_string("vpc_id")

    @property
    def public_subnet_ids(self) -> list[str]:
        """Ids of the public subnets, ordered by zone."""
        return self.get_list("public_subnet_ids")

    @property
    def private_subnet_ids(self) -> list[str]:
        """Ids of the private subnets, ordered by zone."""
        return self.get_list("private_subnet_ids")

    @property
    def isolated_subnet_ids(self) -> list[str]:
        """Ids of the isolated subnets, ordered by zone."""
        return self.get_list("isolated_subnet_ids")
