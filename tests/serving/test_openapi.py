"""The document of the addresses: true to what they answer, whatever they are asked."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from starlette.testclient import TestClient

from serving.access import NOBODY
from serving.app import create_app
from serving.service import Service
from serving.shelf import DATASETS
from warehouse.key import Wanted, make_key

EXAMPLES = 40
"""Of every operation, each as the document allows and as it forbids."""
CHECKS = {"positive_data_acceptance": {"expected-statuses": ["2xx", "400"]}}
"""All checks; days may end before they begin, which no schema can forbid, so 400 is a true answer."""


@pytest.fixture
def strangers(writing: Service) -> Iterator[Service]:
    """Give the service as strangers meet it, without a limit that the test would run into."""
    asked = writing.settings.model_copy(update={"rate_per_minute": 10**6, "rate_burst": 10**6})
    service = Service(asked, writing.url, lambda _: NOBODY, writing.registry, clock=writing.clock)
    yield service
    service.close()


@pytest.fixture
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def test_no_question_is_answered_otherwise_than_the_document_says(strangers: Service) -> None:
    with strangers.connection() as conn:
        _, key = make_key(conn, Wanted(holder="test", scopes=("inner",), made_by="test"))
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    schema: Any = schemathesis.openapi.from_asgi(
        "/openapi.json", create_app(strangers), config=config
    )
    for found in schema.get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask_in_many_ways(found.ok().as_strategy(generation_mode=mode), key)


def _ask_in_many_ways(cases: Any, key: str) -> None:
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"})

    limits = partial(
        settings,
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    # An address without parameters cannot be asked wrongly.
    with suppress(Unsatisfiable):
        limits()(given(case=cases)(ask))()


def test_the_document_is_openapi_3_1_and_names_every_dataset(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    of_page = document["paths"]["/v1/{dataset}.json"]["get"]["parameters"]
    named = next(one["schema"]["enum"] for one in of_page if one["name"] == "dataset")
    assert named == list(DATASETS)


def test_every_problem_is_documented_as_rfc_9457_says(document: Any) -> None:
    answers = [
        (path, status, answer)
        for path, operations in document["paths"].items()
        for status, answer in operations["get"]["responses"].items()
        if path.startswith("/v1") and status[0] in "45"
    ]
    assert len(answers) == 18
    assert {tuple(answer["content"]) for *_, answer in answers} == {("application/problem+json",)}


def test_the_document_tells_of_keys(document: Any) -> None:
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["security"] == [{}, {"key": []}]


def test_descriptions_are_vietnamese_first(document: Any) -> None:
    told = [one["get"]["description"] for one in document["paths"].values()]
    assert [text for text in told if text.isascii()] == []
