"""The system's tables, and what services may do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cdktf import Fn
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTableGlobalSecondaryIndex,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableTtl,
)
from constructs import Construct

from settings.settings import Settings
from stacks.exempt import exempt
from systems.service import Grant
from systems.table import Index, Table


def tables(scope: Construct, *, settings: Settings) -> dict[str, DynamodbTable]:
    """Every table of the system, by its name there."""
    return {table.name: _table(scope, settings=settings, table=table) for table in settings.system.tables}


def _table(scope: Construct, *, settings: Settings, table: Table) -> DynamodbTable:
    made = DynamodbTable(
        scope,
        table.address,
        name=settings.name(table.name),
        billing_mode="PAY_PER_REQUEST",
        hash_key=table.hash_key,
        range_key=table.range_key or None,
        attribute=[DynamodbTableAttribute(name=name, type=kind) for name, kind in table.attributes.items()],
        global_secondary_index=[_index(name, index) for name, index in table.indexes.items()] or None,
        ttl=DynamodbTableTtl(attribute_name=table.expires_by, enabled=True) if table.expires_by else None,
        point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True) if table.lasting else None,
        deletion_protection_enabled=settings.profile_here.is_protected if table.lasting else None,
    )
    exempt(made, "CKV_AWS_119", reason="AWS's own key encrypts it; whoever may read the table could use ours too")
    if not table.lasting:
        exempt(made, "CKV_AWS_28", reason="its items are not worth a backup: the system says that they do not last")
    return made


def _index(name: str, index: Index) -> DynamodbTableGlobalSecondaryIndex:
    return DynamodbTableGlobalSecondaryIndex(
        name=name,
        hash_key=index.hash_key,
        range_key=index.range_key or None,
        projection_type="INCLUDE" if index.non_key_attributes else "KEYS_ONLY",
        non_key_attributes=list(index.non_key_attributes) or None,
    )


def policy(grants: Iterable[Grant], of: Mapping[str, DynamodbTable]) -> str:
    """IAM policy JSON with one statement for each grant; ``of`` has the tables by name."""
    statements = [
        {
            "Sid": grant.name,
            "Effect": "Allow",
            "Action": [f"dynamodb:{operation}" for operation in grant.operations],
            "Resource": [f"{of[grant.table].arn}/index/{index}" for index in grant.indexes] or [of[grant.table].arn],
        }
        for grant in grants
    ]
    return str(Fn.jsonencode({"Version": "2012-10-17", "Statement": statements}))
