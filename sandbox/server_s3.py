"""A real S3 interface (moto) that checks signatures, for systems that keep files in buckets.

The tests start it; its library comes with the extra ``dev``.
"""

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import boto3  # type: ignore[import-untyped]
import requests
from moto.server import ThreadedMotoServer

_RIGHTS = (
    '{"Version": "2012-10-17", "Statement":'
    ' [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
)


class S3Server:
    """Serves one bucket on a free port of 127.0.0.1 while it is a context.

    Attributes:
        url: the endpoint.
        key_id: id of a reader's access key.
        secret: the key.
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer("127.0.0.1", 0)

    def __enter__(self) -> Self:
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        requests.post(f"{self.url}/moto-api/reset", timeout=10)
        requests.post(f"{self.url}/moto-api/reset-auth", data="inf", timeout=10)
        self._client("s3").create_bucket(Bucket=self._bucket)
        people = self._client("iam")
        people.create_user(UserName="reader")
        people.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=_RIGHTS)
        key = people.create_access_key(UserName="reader")["AccessKey"]
        self.key_id, self.secret = str(key["AccessKeyId"]), str(key["SecretAccessKey"])
        requests.post(f"{self.url}/moto-api/reset-auth", data="0", timeout=10)  # now it checks
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()

    def put(self, objects: Mapping[str, bytes]) -> None:
        """Put objects by key."""
        store = self._client("s3", self.key_id, self.secret)
        for key, body in objects.items():
            store.put_object(Bucket=self._bucket, Key=key, Body=body)

    def _client(self, service: str, key: str = "root", secret: str = "root") -> Any:  # noqa: S107
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )
