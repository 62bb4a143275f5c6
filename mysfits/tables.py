"""The table of mysfits, and the ledger of likes."""

from __future__ import annotations

from typing import Final

from systems.table import Index, Table

_LISTED: Final = ("Name", "Species", "ThumbImageUri")
"""What a list shows. The indexes carry just that, so a like, which changes only Likes, never writes to them."""

MYSFITS: Final = Table(
    name="mysfits",
    address="table",
    output="table_name",
    hash_key="MysfitId",
    attributes={"MysfitId": "S", "GoodEvil": "S", "LawChaos": "S"},
    indexes={
        "GoodEvilIndex": Index(hash_key="GoodEvil", range_key="MysfitId", non_key_attributes=(*_LISTED, "LawChaos")),
        "LawChaosIndex": Index(hash_key="LawChaos", range_key="MysfitId", non_key_attributes=(*_LISTED, "GoodEvil")),
    },
    seed="mysfits/mysfits.json",
)

LEDGER: Final = Table(
    name="ledger",
    address="ledger",
    hash_key="LikeId",
    attributes={"LikeId": "S"},
    expires_by="ExpiresAt",
    lasting=False,
)
"""One row for each like that was counted in the last day, so that a retry of it is not counted again.

The same table in every stage: rolling from one to the other counts nothing twice. It needs no backup: its rows are
worthless after a day.
"""

TABLES: Final = (MYSFITS, LEDGER)
