"""What every process that stores mysfits by itself is told about the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.kit.environment import EnvironmentReader
from services.mysfits.like_batch import Tables

_TABLE: Final = r"[A-Za-z0-9_.-]{3,255}"
_TABLE_MEANS: Final = "a DynamoDB table's name"


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """Where the tables are; botocore finds AWS_ENDPOINT_URL and credentials by itself."""

    region: str
    tables: Tables

    @classmethod
    def read(cls, reader: EnvironmentReader, *, ledger: bool) -> StoreSettings:
        """Read AWS_REGION, DDB_TABLE_NAME and, with ``ledger``, LEDGER_TABLE_NAME; problems stay in ``reader``."""
        return cls(
            region=reader.text("AWS_REGION", pattern=r"[a-z]{2}(-[a-z]+)+-[0-9]", means="a region such as us-east-1"),
            tables=Tables(
                mysfits=reader.text("DDB_TABLE_NAME", pattern=_TABLE, means=_TABLE_MEANS),
                ledger=reader.text("LEDGER_TABLE_NAME", pattern=_TABLE, means=_TABLE_MEANS) if ledger else None,
            ),
        )
