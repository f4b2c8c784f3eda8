"""Pins: the contract version that a run was claimed under."""

from contracts.model import Contract, load_contract


def pinned_contract(identity: str) -> Contract:
    """Return the contract that a run pinned, from its ``feed/[name-]version``.

    Raises:
        ConfigError: that version is no longer shipped.
    """
    feed, _, rest = identity.partition("/")
    name, _, version = rest.rpartition("-")
    return load_contract(feed, name, version)
