"""The daemon is killed again and again under likes, whose clients repeat by key: none is lost, none counts twice."""

from __future__ import annotations

import random
import secrets
import threading
import time
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from bench.tables import create_tables
from cli import local
from cli.progress import Progress
from embedded import credentials
from services.mysfits.like_batch import LikeBatch, Tables, like_id, verdict_on
from settings.settings import Settings
from tests.support import kill_embedded_aws, local_settings, wait_for

KILLS: Final = 20
CLIENTS: Final = 4
LIKES_IN_A_BATCH: Final = 10
PER_SECOND: Final = 400
"""Likes that the clients send together."""
BATCH_SECONDS: Final = CLIENTS * LIKES_IN_A_BATCH / PER_SECOND

TABLES: Final = Tables(mysfits="mysfits", ledger="ledger")
MYSFIT: Final = "4e53920c-505a-4a90-a694-b9300791f0ae"


class Clients:
    """Send batches as the services do, and each again until it is answered for.

    Attributes:
        acknowledged: likes that were.
        cut_off: calls that somebody took and did not answer.
    """

    def __init__(self) -> None:
        self.dynamodb: Any = None
        self.acknowledged: set[str] = set()
        self.cut_off = 0
        self._stop, self._abandoned = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Wait until every like that was sent is acknowledged."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def abandon(self) -> None:
        """End, whatever is not acknowledged."""
        self._abandoned.set()
        self._stop.set()

    def connect(self, settings: Settings) -> None:
        keys = credentials.read(settings.state_dir)
        assert keys is not None
        self.dynamodb = boto3.client(
            "dynamodb",
            region_name=settings.region,
            endpoint_url=settings.aws_endpoint_url,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
        )

    def _run(self, number: int) -> None:
        time.sleep(BATCH_SECONDS * number / CLIENTS)
        while not self._stop.is_set():
            due = time.monotonic() + BATCH_SECONDS
            self._like([f"{number}-{secrets.token_hex(16)}" for _ in range(LIKES_IN_A_BATCH)])
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _like(self, keys: list[str]) -> None:
        while keys and not self._abandoned.is_set():
            batch = LikeBatch.of(MYSFIT, keys)
            try:
                self.dynamodb.transact_write_items(**batch.request(TABLES))
                applied = frozenset(keys)
            except ClientError as error:
                applied = verdict_on(batch, error).applied
            except EndpointConnectionError:
                applied = frozenset()  # nobody is there yet
            except BotoCoreError:
                applied = frozenset()
                self.cut_off += 1
            self.acknowledged.update(like_id(MYSFIT, key) for key in applied)
            keys = [key for key in keys if key not in applied]
            if keys:
                time.sleep(0.02)


def ledger(dynamodb: Any) -> set[str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLES.ledger, ConsistentRead=True)
    return {item["LikeId"]["S"] for page in pages for item in page["Items"]}


@pytest.mark.timeout(300)
def test_no_acknowledged_like_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    clients, chance = Clients(), random.Random(7)  # noqa: S311 - moments, not secrets
    local.ensure_running(settings, Progress())
    try:
        clients.connect(settings)
        create_tables(clients.dynamodb, mysfits=TABLES.mysfits, ledger=str(TABLES.ledger))
        item = {"MysfitId": {"S": MYSFIT}, "Likes": {"N": "0"}, "GoodEvil": {"S": "Evil"}, "LawChaos": {"S": "Lawful"}}
        clients.dynamodb.put_item(TableName=TABLES.mysfits, Item=item)
        clients.start()
        seconds, likes = 0.0, 0
        for _ in range(KILLS):
            before = len(clients.acknowledged)
            wait_for(lambda seen=before: len(clients.acknowledged) > seen, what="likes flow")  # type: ignore[misc]
            began, before = time.monotonic(), len(clients.acknowledged)
            time.sleep(chance.uniform(0.05, 0.4))  # any moment will do
            kill_embedded_aws(settings)
            seconds, likes = seconds + time.monotonic() - began, likes + len(clients.acknowledged) - before
            local.ensure_running(settings, Progress())
            clients.connect(settings)
        clients.finish()
        counter = clients.dynamodb.get_item(TableName=TABLES.mysfits, Key={"MysfitId": {"S": MYSFIT}})
        assert ledger(clients.dynamodb) == clients.acknowledged
        assert int(counter["Item"]["Likes"]["N"]) == len(clients.acknowledged) > KILLS * LIKES_IN_A_BATCH
        assert clients.cut_off >= KILLS // 4, "the kills hit nothing"
        assert likes / seconds > PER_SECOND / 2, "half of the pace is the least on a machine that runs other tests too"
    finally:
        clients.abandon()
        local.stop(settings, Progress())
