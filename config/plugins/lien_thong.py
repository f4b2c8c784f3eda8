"""Airflow's plugin: the hub's pages in the navigation, and on every DAG the page of its agency."""

import asyncio
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/lien-thong"


@dataclass(slots=True)
class Pages:
    """The pages as an ASGI application that is loaded when it is first asked for.

    Every process of Airflow loads its plugins, only the api-server serves any.
    """

    _app: Any = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Load the pages where nobody has, and let them answer."""
        async with self._loading:
            if self._app is None:
                self._app = await asyncio.to_thread(lambda: import_module("hub_pages").Guarded())
        await self._app(scope, receive, send)


class LienThong(AirflowPlugin):  # type: ignore[misc] # airflow has no types
    """What Airflow is told: where the pages are mounted and what leads to them."""

    name = "lien_thong"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = [
        {"app": Pages(), "url_prefix": PREFIX, "name": "Liên Thông"}
    ]
    external_views: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "Liên Thông",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "lien-thong",
        },
        {
            "name": "Độ đầy đủ",
            "href": f"{PREFIX}/completeness",
            "destination": "nav",
            "category": "browse",
            "url_route": "lien-thong-completeness",
        },
        {
            "name": "Đơn vị",
            "href": f"{PREFIX}/dags/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "lien-thong-agency",
        },
    ]
