"""``/health``: whether the service serves and reaches its warehouse."""

from fastapi import APIRouter

from serving.service import Served

router = APIRouter()


@router.get("/health", include_in_schema=False)
def health(service: Served) -> dict[str, str]:
    """Say that the warehouse answers; anything else is a 503."""
    with service.snapshot():
        return {"status": "healthy"}
