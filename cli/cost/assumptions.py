"""What the estimate takes for granted; each is printed below the table."""

from __future__ import annotations

from typing import Final

HOURS_PER_MONTH: Final = 730

REGISTRY_GB: Final = 1.0
"""Images of one registry. It keeps the newest 20, which share most of their layers."""
TABLE_GB: Final = 0.01
"""Items of one table."""
BUCKET_GB: Final = 0.01
"""Files of the site."""

REQUEST_BYTES: Final = 700
"""With its headers."""
ANSWER_BYTES: Final = 3_000
"""With its headers, as it leaves for the visitor."""
LOG_BYTES: Final = 400
"""One line for each request at each service that it passes, with the 26 bytes that CloudWatch adds. Keeping it for two
weeks costs 3 % more, which is left out."""

CONNECTIONS_PER_LCU_HOUR: Final = 25 * 3_600
BYTES_PER_LCU_HOUR: Final = 1_000_000_000
CONNECTIONS_PER_REQUEST: Final = 1
"""The worst case: no visitor keeps a connection. Rules are not counted: the first ten are free, and a capacity unit has
forty times as many evaluations as connections."""

READ_UNITS: Final = 1
"""Of a request that reads: up to 8 KB, eventually consistent."""
WRITE_UNITS: Final = 1
"""Of a request that writes one item of up to 1 KB, where a repetition is not known."""
WRITE_UNITS_ONCE: Final = 4
"""Of one that counts once: a transaction bills twice, and it has two items, the one that changes and the one that
remembers. Services that commit several together need fewer."""

WRITE_SHARE: Final = 0.3
"""Share of the requests that write, where a system declares no traffic."""

SAMPLE: Final = 4_000
"""Visits of a system's declared traffic by which its shares are counted."""
SAMPLE_SEED: Final = 1

MILLION: Final = 1_000_000
