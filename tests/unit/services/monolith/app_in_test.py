"""The monolith with a store in memory."""

from __future__ import annotations

from quart import Quart

from services.facade.fulfill_key import FulfillKeys
from services.kit.lifecycle import Lifecycle
from services.kit.server_settings import ServerSettings
from services.monolith.app import create_app
from services.monolith.settings import ROUTES, MonolithSettings
from services.mysfits.like_batch import Tables
from services.mysfits.store_settings import StoreSettings
from tests.unit.services.memory_store import MemoryStore

SITE = "http://127.0.0.1:8081"
PROBLEM = "application/problem+json"
KEY = "first-key-" + "1" * 30
OTHER_KEY = "other-key-" + "2" * 30
TRUSTED = {"X-Fulfill-Key": KEY}


def app_with(store: MemoryStore, *, routes: tuple[str, ...] = ROUTES, lifecycle: Lifecycle | None = None) -> Quart:
    settings = MonolithSettings(
        server=ServerSettings(site_origins=(SITE,)),
        store=StoreSettings(region="us-east-1", tables=Tables(mysfits="mysfits", ledger="ledger")),
        routes=routes,
        fulfill_keys=FulfillKeys(live=(KEY, OTHER_KEY)),
    )
    return create_app(settings, lifecycle, open_store=store.open)
