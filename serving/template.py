"""Templates: the one place that turns a page's values into HTML; everything is escaped."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from serving import numeral
from serving.access import NOBODY, Person
from serving.answer import KEEP
from serving.view import View

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

NAVIGATION = (
    ("/", "nav.home"),
    ("/completeness", "nav.completeness"),
    ("/quarantine", "nav.quarantine"),
    ("/forms", "nav.forms"),
    ("/data", "nav.data"),
    ("/publication", "nav.publication"),
)
"""Pages of the head line: address and text. Reconciliation stands before data once it exists."""


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(asset=asset, navigation=NAVIGATION)
    env.filters.update(
        number=numeral.number,
        percent=numeral.percent,
        short=numeral.short,
        money=numeral.money,
        day=numeral.day,
        moment=numeral.moment,
        instant=numeral.instant,
    )
    return env


@cache
def asset(name: str) -> str:
    """Return the address of a static file below the root, with its digest: it never goes stale."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def page(name: str, view: View, person: Person = NOBODY, **values: Any) -> HTMLResponse:
    """Return a page.

    Args:
        name: template file.
        view: what was asked for; ``t``, ``href`` and ``lang`` come from it.
        person: who is asking.
        **values: what the template shows; ``status`` is the answer's status (200), ``is_kept``
            whether the page depends on the warehouse and its address alone (True).
    """
    status, is_kept = values.pop("status", 200), values.pop("is_kept", True)
    text = render(name, view, person, **values)
    return HTMLResponse(text, status, {KEEP.decode(): "1"} if is_kept else {})


def render(name: str, view: View, person: Person = NOBODY, **values: Any) -> str:
    """Return a template's text."""
    return (
        _environment()
        .get_template(name)
        .render(view=view, t=view.say, href=view.href, lang=view.lang, person=person, **values)
    )
