"""The shelf: every dataset, open ones first."""

from collections.abc import Mapping

from serving.dataset import MONTH, YEAR, Dataset, mart
from serving.dataset_open import published_datasets
from serving.dataset_worked import INDICATOR_DATASET, tally_dataset

OPEN = (
    *published_datasets(),
    mart("completeness_daily", "open", "", has_agencies=False),
    mart("published_figures", "open", "published_figures", YEAR),
    mart("agencies", "open", None, has_agencies=False),
    mart("fields", "open", None, has_agencies=False),
    mart("codes", "open", None, has_agencies=False),
)
"""No key needed: nothing in them tells of few people."""

INNER = (
    INDICATOR_DATASET,
    mart("dossier_day", "inner", "dossiers"),
    mart("dossiers_daily", "inner", "dossiers"),
    tally_dataset("dossier_months_by_agency", "agency"),
    tally_dataset("dossier_months_by_field", "field"),
    mart("payments_daily", "inner", "payments"),
    mart("documents_daily", "inner", "documents"),
    mart("dossier_statistics", "inner", "dossier_statistics", MONTH),
    mart("service_catalogue", "inner", "service_catalogue", MONTH),
    mart("portal_usage", "inner", "portal_usage"),
    mart("work_files", "inner", "work_files", MONTH),
    mart("cabinet_sessions", "inner", "cabinet_sessions", MONTH),
    mart("usage_evaluation", "inner", "usage_evaluation", MONTH),
    mart("platform_traffic", "inner", "platform_traffic"),
    mart("socioeconomic_indicators", "inner", "socioeconomic_indicators", MONTH),
    mart("population", "inner", "population", YEAR),
    mart("electronic_results", "inner", "electronic_results", MONTH),
    mart("security_incidents", "inner", "security_incidents", MONTH),
    mart("partition_state", "inner", ""),
    mart("signed_forms", "inner", "", MONTH),
    mart("units", "inner", None, has_agencies=False),
    mart("procedures", "inner", None, has_agencies=False),
)
"""Full detail."""

DATASETS: Mapping[str, Dataset] = {one.name: one for one in (*OPEN, *INNER)}
"""Name -> dataset, open ones first."""
