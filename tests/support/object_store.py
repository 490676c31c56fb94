"""A real S3 server for tests, on a loopback port, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

ACCESS = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "not/a+secret",
    "AWS_REGION": "eu-central-1",
}
BUCKET = "records"


@dataclass(frozen=True)
class ObjectStore:
    """A running server with an empty bucket."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {**ACCESS, "AWS_ENDPOINT_URL_S3": self.url}

    def objects(self) -> Mapping[str, bytes]:
        """Every object of the bucket with its bytes."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        names = [found["Key"] for page in pages for found in page.get("Contents", ())]
        return {name: client.get_object(Bucket=BUCKET, Key=name)["Body"].read() for name in names}

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=ACCESS["AWS_REGION"],
            aws_access_key_id=ACCESS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ACCESS["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture
def object_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A server of its own, its credentials in the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = ObjectStore(f"http://{host}:{port}")
        httpx.post(
            f"{store.url}/moto-api/reset"
        ).raise_for_status()  # servers of one process share what they hold
        store.client().create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": ACCESS["AWS_REGION"]}
        )
        for name in (
            "AWS_SESSION_TOKEN",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL",
            "AWS_PROFILE",
            "AWS_SHARED_CREDENTIALS_FILE",
        ):
            monkeypatch.delenv(name, raising=False)
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        yield store
    finally:
        server.stop()
