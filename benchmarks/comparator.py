"""dlt over the same pages into the same PostgreSQL; runs in an environment of its own.

Started as ``python -m benchmarks.comparator '<job as JSON>'`` by the interpreter of
var/benchmark/venv and answers one JSON object on its last line. dlt is given every advantage that
its documentation names: a narrow row (the allow-listed fields only, no child tables), append
instead of replace, a bare table without indexes, no archive, no dimensions, no marts.

Variants:
    default: rest_api source, insert_values files, no contract.
    csv: the same with CSV files (COPY) and parallel workers, no contract.
    csv_contract: ``csv`` with the rules of the dossier contract as a pydantic model;
        rows that break them are discarded, new columns are refused.
"""

import json
import os
import resource
import sys
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

import dlt
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from dlt.sources.rest_api import rest_api_resources
from pydantic import BaseModel, Field, model_validator

PROCEDURE = r"^\d\.\d{6}(\.\d{3}\.\d{2}\.\d{2}\.[GHK]\d{2})?$"
UNIT = r"^(000(\.\d{2,3}){2}\.[GHK]\d{2}|[GHK]\d{2}(\.\d{2,3}){0,3})$"
Level = Literal["Mức độ 1", "Mức độ 2", "Mức độ 3", "Mức độ 4", "Toàn trình", "Một phần"]


class Dossier(BaseModel):
    """One dossier under the row rules of the dossier contract, as dlt users write them."""

    code: str = Field(min_length=1, max_length=100)
    procedure_code: str = Field(pattern=PROCEDURE)
    unit_code: str = Field(pattern=UNIT)
    status: int = Field(ge=1, le=10)
    channel: int = Field(ge=1, le=3)
    applicant_type: int | None = Field(ge=1, le=5)
    service_level: Level | None
    submitted_at: datetime | None
    received_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    returned_at: datetime | None
    updated_at: datetime
    payment_flag: int | None
    commune_code: str | None = Field(pattern=r"^\d{5}$")

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        steps = (self.submitted_at, self.received_at, self.finished_at, self.returned_at)
        known = [step.date() for step in steps if step is not None]
        if any(later < earlier for earlier, later in pairwise(known)):
            raise ValueError("submitted <= received <= finished <= returned")
        if self.received_at is None and self.status not in {1, 3}:
            raise ValueError("received_at is required")
        if self.finished_at is None and self.status in {9, 10}:
            raise ValueError("finished_at is required")
        return self


def narrow(record: dict[str, Any]) -> dict[str, Any]:
    """Return the allow-listed fields of a record of the one-stop REST interface."""
    applicant = record["applicant"] or {}
    village = (applicant.get("data") or {}).get("village") or {}
    return {
        "code": record["code"],
        "procedure_code": record["procedure"]["code"],
        "unit_code": record["agency"]["code"],
        "status": record["dossierStatus"]["id"],
        "channel": record["applyMethod"]["id"],
        "applicant_type": applicant.get("type"),
        "service_level": record["procedureLevel"]["name"],
        "submitted_at": record["appliedDate"],
        "received_at": record["acceptedDate"],
        "due_at": record["appointmentDate"],
        "finished_at": record["completedDate"],
        "returned_at": record["returnedDate"],
        "updated_at": record["updatedDate"],
        "payment_flag": record["onlinePaid"],
        "commune_code": village.get("value"),
    }


def resource_of(job: dict[str, Any]) -> Any:
    """Return dlt's own REST resource over the first ``job["rows"]`` dossiers of the day."""
    auth = OAuth2ClientCredentials(
        access_token_url=f"{job['base']}/oauth/token",
        client_id=job["agency"],
        client_secret=job["secret"],
    )
    paginator = {
        "type": "page_number",
        "base_page": 0,
        "page_param": "page",
        "total_path": None,
        # exclusive: 50 asks for the pages 0 .. 49
        "maximum_page": -(-job["rows"] // job["size"]),
    }
    endpoint = {
        "path": "pa/dossier/search",
        "params": job["query"] | {"size": job["size"]},
        "data_selector": "content",
        "paginator": paginator,
    }
    steps = [{"map": narrow}]
    dossiers = {"name": "dossiers", "endpoint": endpoint, "processing_steps": steps}
    client = {"base_url": job["base"], "auth": auth}
    (made,) = rest_api_resources({"client": client, "resources": [dossiers]})
    if job["variant"] == "csv_contract":
        contract: Any = {"tables": "evolve", "columns": "freeze", "data_type": "discard_row"}
        made.apply_hints(columns=Dossier, schema_contract=contract)
    return made.apply_hints(write_disposition="append")


def configure(job: dict[str, Any]) -> None:
    """Set dlt's switches: quiet, no telemetry, and its documented levers for the CSV variants."""
    folder = Path(job["folder"])
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DLT_DATA_DIR": str(folder),
        "DLT_PROJECT_DIR": str(folder),
    }
    if job["variant"] != "default":
        os.environ |= {
            "DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
            "DATA_WRITER__FILE_MAX_ITEMS": str(max(1, job["rows"] // 2)),
            "NORMALIZE__WORKERS": "2",
            "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
            "LOAD__WORKERS": "2",
        }


def measure(job: dict[str, Any]) -> dict[str, float]:
    """Run one pipeline and return rows, seconds, CPU seconds and peak memory (MiB)."""
    pipeline = dlt.pipeline(
        "comparator",
        destination=dlt.destinations.postgres(job["database"]),
        dataset_name="comparator",
    )
    started = time.perf_counter()
    layout = "insert_values" if job["variant"] == "default" else "csv"
    outcome = pipeline.run(resource_of(job), loader_file_format=layout)
    outcome.raise_on_failed_jobs()
    seconds = time.perf_counter() - started
    with pipeline.sql_client() as client:
        found = client.execute_sql("SELECT count(*) FROM dossiers")
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "rows": int(found[0][0]) if found else 0,
        "seconds": seconds,
        "cpu_worker": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "peak_mib": max(usage.ru_maxrss for usage in usages) / 1024,
    }


def main() -> None:
    """Measure the job given as the one argument."""
    job = json.loads(sys.argv[1])
    configure(job)
    print(json.dumps(measure(job)))


if __name__ == "__main__":
    main()
