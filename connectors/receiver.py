"""A receiver: a system that takes what we hand it, by its configuration."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.login_options import Auth, SessionAuth, WssAuth
from connectors.yaml_file import read_model

FOLDER = Path(__file__).parent / "receivers"
NATIONAL_REPORTING = FOLDER / "national_reporting.yaml"

Text = Annotated[str, Field(strict=True, min_length=1)]
Target = Annotated[str, Field(strict=True, pattern=r"^/[^?#]*$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReceiptNames(_Frozen):
    """Names of an acknowledgement.

    Attributes:
        number: of the receipt.
        received_at: when it was received, ISO 8601 with an offset.
        digest: sha256 of the body that was received, in hexadecimal.
        key: idempotency key that was received.
    """

    number: Text
    received_at: Text
    digest: Text
    key: Text


class RefusalNames(_Frozen):
    """Names of a refusal: the receiver's code and its reason."""

    code: Text
    message: Text


class Receiver(_Frozen):
    """One file of ``connectors/receivers``.

    Attributes:
        title: for people.
        connection: name in connections.yaml.
        auth: how we prove ourselves; nothing that would change the body.
        send: path that takes packets (POST).
        status: path that tells what became of a packet (GET); ``{key}`` is its key.
        key_header: header of the idempotency key.
        digest_header: header of the body's sha256.
        read_seconds: longest silence while an answer is awaited or read.
        receipt, refusal: names in its answers.
    """

    title: Text
    connection: Text
    auth: Auth
    send: Target
    status: Target
    key_header: Text
    digest_header: Text
    read_seconds: Annotated[float, Field(gt=0, le=300)] = 60.0
    receipt: ReceiptNames
    refusal: RefusalNames

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if "{key}" not in self.status:
            raise ValueError("status names the packet: {key}")
        in_body = isinstance(self.auth, SessionAuth) and not self.auth.header
        if in_body or isinstance(self.auth, WssAuth):
            raise ValueError("a login that stands in the body would change what was signed for")
        return self


def load_receiver(path: Path | None = None) -> Receiver:
    """Return a receiver, by default the national reporting information system.

    Raises:
        ConfigError: the file is not as agreed; names file, line and key.
    """
    return read_model(path or NATIONAL_REPORTING, Receiver)
