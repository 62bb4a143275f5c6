"""The state bucket, in memory."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

BUCKET: Final = "team-state"


@dataclass
class StateObjects:
    """S3 with one bucket.

    Attributes:
        objects: text by key.
        refuses: code of the error that every call ends with; empty: none.
        exists: code of the error of a create for which the object is there.
        calls: names of the operations, in order.
    """

    objects: dict[str, str] = field(default_factory=dict)
    refuses: str = ""
    exists: str = "PreconditionFailed"
    calls: list[str] = field(default_factory=list)

    def _note(self, operation: str, bucket: str) -> None:
        assert bucket == BUCKET
        self.calls.append(operation)
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses, "Message": "no.\n"}}, operation)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._note("get", Bucket)
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key].encode())}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str = "") -> None:
        self._note("put", Bucket)
        assert IfNoneMatch in {"", "*"}
        if IfNoneMatch and Key in self.objects:
            raise ClientError({"Error": {"Code": self.exists}}, "PutObject")
        self.objects[Key] = Body.decode()

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        self._note("delete", Bucket)
        self.objects.pop(Key, None)
