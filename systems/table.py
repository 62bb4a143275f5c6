"""A DynamoDB table of a system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index.

    Attributes:
        hash_key: attribute of its partition key; ``range_key`` that of its sort key, if it has one.
        non_key_attributes: those besides keys that it holds; a change of any other attribute never writes to it.
    """

    hash_key: str
    range_key: str = ""
    non_key_attributes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table, paid by the request.

    Attributes:
        name: part of its AWS name, ``<system>-<env>-<name>``.
        address: id of its Terraform resource, so that its state address stays what it is.
        output: name of the Terraform output that tells its AWS name; ``<address>_table_name`` if empty.
        hash_key: attribute of its partition key; ``range_key`` that of its sort key, if it has one.
        attributes: type (``S``, ``N`` or ``B``) of every attribute that a key of the table or an index names.
        indexes: by name.
        expires_by: attribute with the time, in epoch seconds, after which an item may go; none if empty.
        lasting: whether its items are worth a backup and protection from deletion.
        seed: JSON file of items that are put when they are not there, relative to the checkout; none if empty.
    """

    name: str
    address: str
    output: str = ""
    hash_key: str
    range_key: str = ""
    attributes: Mapping[str, str]
    indexes: Mapping[str, Index] = field(default_factory=dict)
    expires_by: str = ""
    lasting: bool = True
    seed: str = ""

    @property
    def output_name(self) -> str:
        """Name of the Terraform output that tells its AWS name."""
        return self.output or f"{self.address}_table_name"
