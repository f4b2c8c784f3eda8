r"""Dotted paths into JSON; a dot that belongs to a name is written ``\.``."""

import re

_DOT = re.compile(r"(?<!\\)\.")


def split_path(path: str) -> list[str]:
    r"""Return the names on the way, none for the document itself.

    >>> split_path("data.items"), split_path(r"@odata\.nextLink")
    (['data', 'items'], ['@odata.nextLink'])
    """
    return [name.replace("\\.", ".") for name in _DOT.split(path)] if path else []
