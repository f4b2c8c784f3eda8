"""The hub's pages for the users of Airflow, by their permissions there.

Airflow does not authenticate what a plugin mounts, so nobody gets past ``Guarded`` unnamed.
"""

import asyncio
import os
from typing import Any
from urllib.parse import quote

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import resolve_user_from_token
from fastapi import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse

from hub.desk import database_url
from hub.settings import read_settings
from serving.access import NOBODY, Person, Role
from serving.app import create_app
from serving.problem import Problem, answer, wants_page
from serving.service import new_service

PERSON = "hub_person"
"""Where the scope of a request holds who is asking."""

RESOURCE = "Liên Thông"
"""Resource of the custom permissions ``sign`` and ``publish``, in access managers that know some
(FAB, Keycloak)."""


class Guarded:
    """The pages as an ASGI application that answers Airflow's users alone."""

    def __init__(self) -> None:
        settings = read_settings(os.environ)
        service = new_service(settings, database_url(settings), _named)
        self._app = create_app(service)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer an Airflow user; a browser without one is sent to the login."""
        if scope["type"] != "http":
            return
        user = await _user(HTTPConnection(scope))
        if user is None:
            await _refusal(Request(scope))(scope, receive, send)
            return
        await self._app({**scope, PERSON: await asyncio.to_thread(person, user)}, receive, send)


def _named(asking: HTTPConnection) -> Person:
    who: Person = asking.scope.get(PERSON, NOBODY)
    return who


async def _user(asking: HTTPConnection) -> Any:
    """Return the Airflow user that a token or session names, None for nobody."""
    kind, _, token = asking.headers.get("authorization", "").partition(" ")
    told = token if kind.lower() == "bearer" else asking.cookies.get(COOKIE_NAME_JWT_TOKEN)
    try:
        return await resolve_user_from_token(told)
    except HTTPException:
        return None


def person(user: Any) -> Person:
    """Return an Airflow user as one of ours, with the roles that their permissions come to.

    Who may see DAGs reads, who may start runs operates; signing and publishing are permissions
    of their own.
    """
    manager = get_auth_manager()
    if not manager.is_authorized_dag(method="GET", user=user):
        return NOBODY
    roles: set[Role] = {"reader"}
    if manager.is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, user=user):
        roles.add("operator")
    if _may(manager, user, "sign"):
        roles.add("signer")
    if _may(manager, user, "publish"):
        roles.add("publisher")
    return Person(user.get_name(), frozenset(roles))


def _may(manager: Any, user: Any, method: str) -> bool:
    """Tell whether a user has a custom permission.

    The simple manager lets every viewer into every custom view, whatever the method: there, only
    those who may change variables sign and publish.
    """
    if type(manager).__name__ == "SimpleAuthManager":
        return bool(manager.is_authorized_variable(method="PUT", user=user))
    asked = {"method": method, "resource_name": RESOURCE, "user": user}
    return bool(manager.is_authorized_custom_view(**asked))


def _refusal(request: Request) -> Any:
    if request.method == "GET" and wants_page(request):
        login = get_auth_manager().get_url_login()
        return RedirectResponse(f"{login}?next={quote(str(request.url), safe='')}", 303)
    return answer(Problem(401, "ACCESS", "log in to Airflow first"))
