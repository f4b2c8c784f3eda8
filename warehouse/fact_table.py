"""The fact tables: which column of a feed's frame becomes which column, and how.

Facts hold integers: list ids as they come, codes as surrogate keys of dimensions, instants as
days of Asia/Ho_Chi_Minh, texts of natural keys as 64-bit hashes, decimals as whole numbers of
10^-n units (``_e<n>`` in the column's name). Counts are 64 bits wide: no sum of an agency wraps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class How(Enum):
    """How a frame's column becomes a fact's column."""

    SAME = auto()
    """An integer, a list id, an amount in minor units or a measure in 10^-n, as it is."""
    LOCAL_DAY = auto()
    """Microseconds UTC -> days since 1970-01-01 in Asia/Ho_Chi_Minh."""
    DAY = auto()
    """Days since 1970-01-01, as they are."""
    HASH = auto()
    """A factor -> xxh3-64 of its text: the key of another feed's rows."""
    MEMBER = auto()
    """A factor -> surrogate key of a dimension."""


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One column of a fact table.

    Attributes:
        name: column name.
        dtype: ``i2``, ``i4``, ``i8``; ``d4`` is PostgreSQL's date.
        source: column of the frame; a frame without it gives absent values.
        how: conversion.
        dimension: name of the dimension for ``How.MEMBER``.
    """

    name: str
    dtype: str
    source: str
    how: How = How.SAME
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact table of a feed; ``agency_id``, ``day`` (and currency) come with the partition."""

    table: str
    columns: tuple[FactColumn, ...]
    has_currency: bool = False


def _id(name: str) -> FactColumn:
    return FactColumn(f"{name}_id", "i2", name)


def _member(name: str, source: str, dimension: str = "") -> FactColumn:
    return FactColumn(f"{name}_id", "i4", source, How.MEMBER, dimension or name)


def _local_day(name: str) -> FactColumn:
    return FactColumn(f"{name}_on", "d4", f"{name}_at", How.LOCAL_DAY)


def _day(name: str) -> FactColumn:
    return FactColumn(name, "d4", name, How.DAY)


def _count(name: str, source: str = "") -> FactColumn:
    return FactColumn(name, "i8", source or name)


_ROW = (FactColumn("key", "i8", "key"), FactColumn("row_number", "i4", "row_number"))

_DAILY: Mapping[str, Fact] = {
    "dossiers": Fact(
        "dossier_change",
        (
            *_ROW,
            _member("unit", "unit_code"),
            _member("procedure", "procedure_code"),
            _member("commune", "commune_code"),
            _local_day("submitted"),
            _local_day("received"),
            _local_day("due"),
            _local_day("finished"),
            _local_day("returned"),
            _id("status"),
            _id("channel"),
            _id("applicant_type"),
            _id("service_level"),
            _id("payment_flag"),
        ),
    ),
    "payments": Fact(
        "payment",
        (
            *_ROW,
            FactColumn("dossier_key", "i8", "dossier_code", How.HASH),
            _count("amount_minor", "amount"),
            _count("fee_minor", "fee_amount"),
            _count("charge_minor", "charge_amount"),
            _member("unit", "unit_code"),
            _member("procedure", "procedure_code"),
            _member("partner", "partner_code"),
            _member("bank", "bank_code"),
            _id("obligation_kind"),
            _id("status"),
            _id("method"),
        ),
        has_currency=True,
    ),
    "documents": Fact(
        "document_movement",
        (
            *_ROW,
            FactColumn("document_key", "i8", "document_id", How.HASH),
            _member("sender", "sender_code", "unit"),
            _member("receiver", "receiver_code", "unit"),
            _day("issued_on"),
            _id("direction"),
            _id("document_type"),
            _id("business_type"),
            _id("status"),
            _id("priority"),
        ),
    ),
}
"""What single dossiers, payments and documents did."""

_STATISTICS: Mapping[str, Fact] = {
    "dossier_statistics": Fact(
        "dossier_statistic",
        (
            *_ROW,
            _id("form"),
            _member("unit", "unit_code"),
            _member("field", "field_code"),
            _member("procedure", "procedure_code"),
            _count("received_online"),
            _count("received_direct_postal"),
            _count("carried_over"),
            _count("received_total"),
            _count("resolved_early"),
            _count("resolved_ontime"),
            _count("resolved_late"),
            _count("resolved_total"),
            _count("pending_intime"),
            _count("pending_late"),
            _count("pending_total"),
        ),
    ),
    "service_catalogue": Fact(
        "catalogued_service",
        (
            *_ROW,
            _member("procedure", "procedure_code"),
            _member("unit", "unit_code"),
            _member("field", "field_code"),
            _id("service_level"),
            _id("regime"),
            _id("integrated"),
            _day("integrated_on"),
            _id("has_payment"),
        ),
    ),
    "portal_usage": Fact(
        "portal_usage", (*_ROW, _id("channel"), _count("new_accounts"), _count("visits"))
    ),
    "work_files": Fact(
        "work_file_count",
        (
            *_ROW,
            _member("unit", "unit_code"),
            _id("level"),
            _count("files_total"),
            _count("files_online"),
            _count("files_secret"),
        ),
    ),
    "cabinet_sessions": Fact(
        "cabinet_meeting", (*_ROW, _id("kind"), _day("held_on"), _count("papers_replaced"))
    ),
    "usage_evaluation": Fact(
        "usage_evaluation",
        (
            *_ROW,
            _member("evaluated", "evaluated_code", "unit"),
            _count("services_total"),
            _count("services_level4"),
            _count("level4_share_pct_e2", "level4_share"),
        ),
    ),
    "platform_traffic": Fact(
        "platform_traffic",
        (
            *_ROW,
            _member("platform", "platform_code", "unit"),
            _member("service", "service_code"),
            _count("requests"),
            _count("failures"),
            _day("connected_on"),
        ),
    ),
    "socioeconomic_indicators": Fact(
        "indicator_value",
        (
            *_ROW,
            _member("indicator", "indicator_code"),
            _member("area", "area_code"),
            _member("reporting_period", "reporting_period"),
            _id("value_kind"),
            _id("approved"),
            _count("value_e4", "value"),
            _member("unit_name", "unit_name"),
        ),
    ),
    "population": Fact(
        "population",
        (
            *_ROW,
            _member("area", "area_code"),
            _count("average_population_thousand_e1", "average_population"),
        ),
    ),
    "electronic_results": Fact(
        "electronic_result",
        (
            *_ROW,
            _member("unit", "unit_code"),
            _member("procedure", "procedure_code"),
            _count("results_issued"),
            _count("results_electronic"),
        ),
    ),
    "security_incidents": Fact(
        "security_incident",
        (
            *_ROW,
            _id("incident_kind"),
            _member("reporting_period", "reporting_period"),
            _count("incidents"),
            _count("change_pct_e1", "change_percent"),
            _member("compared_period", "compared_period", "reporting_period"),
        ),
    ),
    "published_figures": Fact(
        "published_figure",
        (
            *_ROW,
            _member("figure", "figure_code"),
            _member("publication", "document"),
            _count("value_e2", "value"),
            _id("precision"),
            _day("first_on"),
            _day("as_of"),
            _member("unit_name", "unit_name"),
        ),
    ),
}
"""What agencies count themselves; no row speaks of one person, dossier or payment."""

FACTS: Mapping[str, Fact] = {**_DAILY, **_STATISTICS}
"""Feed -> its fact table."""
