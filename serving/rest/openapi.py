"""OpenAPI 3.1 of everything that machines ask for, made from the routes and their models."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.rest.told import ProblemTold

DESCRIPTION = """\
Dữ liệu của trung tâm liên thông: JSON theo trang, CSV, Parquet, XLSX gửi dần. Mọi câu trả lời mang
độ đầy đủ (`coverage`) và lúc nạp mới nhất (`as_of`). Dữ liệu mở không cần khóa; dữ liệu chi tiết
cần `Authorization: Bearer lt_…` (`hub key new`). Lỗi theo RFC 9457.

*Data of the e-government hub: JSON by pages; CSV, Parquet and XLSX streamed. Every answer carries
its coverage and newest load. Open data needs no key; full detail needs a bearer key. Errors are
problems of RFC 9457.*
"""
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "Khóa `lt_<id>_<bí mật>`, phạm vi open hay inner / a key and its scope",
}


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """Return the document; worked out once per application."""
    if app.openapi_schema:
        return app.openapi_schema
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": app.root_path}] if app.root_path else None,
    )
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = ProblemTold.model_json_schema()
    # What cannot be understood is told as every other problem is (400), never as FastAPI's 422.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operation in _operations(made):
        operation["responses"].pop("422", None)
        for parameter in operation.get("parameters", []):
            _without_null(parameter["schema"])
    parts["securitySchemes"] = {"key": KEY}
    made["security"] = [{}, {"key": []}]
    app.openapi_schema = made
    return made


def _without_null(schema: dict[str, Any]) -> None:
    """Leave null out of a parameter's schema: what is absent from an address is not null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])


def _operations(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in made.get("paths", {}).values() for operation in path.values()]
