"""``/health``: whether the service serves and reaches its warehouse."""

from typing import Annotated

from fastapi import APIRouter, Depends

from serving.service import Service, service_of

router = APIRouter()


@router.get("/health", include_in_schema=False)
def health(service: Annotated[Service, Depends(service_of)]) -> dict[str, str]:
    """Say that the warehouse answers; anything else is a 503."""
    with service.snapshot():
        return {"status": "healthy"}
