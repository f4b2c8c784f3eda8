"""Parcels: what is about to leave: values under a kind, at a place, and the packet made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import Any

from serving.publication.definition import ENVELOPE, STANDARD, Definitions, Kind, encode, wire_value
from warehouse.packet import Draft, Standing
from warehouse.signed import Place, SignedForm


@dataclass(frozen=True, slots=True)
class Parcel:
    """Values that are to be sent.

    Attributes:
        kind: of the 13.
        subject: what it is about: form, version … ; its packets follow each other.
        version: of the form's definition.
        fingerprint: of the signed figures, else of the values.
        values: by our names.
        signed_form_id: the signed form behind it; None for catalogues.
    """

    kind: Kind
    subject: tuple[str, ...]
    version: str
    fingerprint: str
    values: Mapping[str, Any]
    signed_form_id: int | None = None

    @property
    def place(self) -> str:
        """Return kind and subject as one text."""
        return "/".join((self.kind, *self.subject))

    def key(self, replaces: str) -> str:
        """Return the idempotency key: the digest of all that says what this packet is.

        The receipt that it replaces belongs to it: figures that return to what they once were
        are a new packet, not the old one again.
        """
        told = [self.kind, *self.subject, self.version, self.fingerprint, replaces]
        return sha256(dumps(told, ensure_ascii=False).encode()).hexdigest()


def place_of(signed: SignedForm) -> Place:
    """Return where the signatures of a form are kept."""
    return Place(
        form=signed.form,
        cut=signed.cut,
        agency=signed.agency,
        period=signed.period,
        calendar=signed.calendar,
        basis=signed.basis,
    )


def subject_of(signed: SignedForm) -> tuple[str, ...]:
    """Return what the packets of a signed form are about."""
    named = (signed.form, signed.cut, signed.agency, signed.period, signed.calendar)
    return (*named, signed.basis)


def is_sent(parcel: Parcel, standing: Standing) -> bool:
    """Tell whether the newest packet of the place says just this, whatever became of it."""
    newest = standing.newest
    return newest is not None and newest.key == parcel.key(newest.replaces)


def draft_of(parcel: Parcel, standing: Standing, definitions: Definitions, made_by: str) -> Draft:
    """Return the packet of a parcel, replacing what the receiver acknowledged last at its place.

    Raises:
        ConfigError: PACKET-FIELD, the values do not fit the packet's file.
    """
    replaces = standing.current.number if standing.current else ""
    key = parcel.key(replaces)
    return Draft(
        kind=parcel.kind,
        place=parcel.place,
        signed_form_id=parcel.signed_form_id,
        key=key,
        replaces=replaces,
        body=_body(parcel, key, replaces, definitions),
        made_by=made_by,
    )


def fingerprint_of(kind: Kind, values: Mapping[str, Any], definitions: Definitions) -> str:
    """Return the digest of values without signed figures."""
    return sha256(encode(definitions[kind], values)).hexdigest()


def _body(parcel: Parcel, key: str, replaces: str, definitions: Definitions) -> bytes:
    definition = definitions[parcel.kind]
    around = {
        "standard": STANDARD,
        "kind": definition.wire,
        "key": key,
        "replaces": replaces,
        "data": wire_value(definition, parcel.values),
    }
    return encode(definitions[ENVELOPE], around)
