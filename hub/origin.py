"""Where an agency's feed comes from, as people read it: system, contract, names at the source."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.agency import Agency
from connectors.source import system_for
from contracts.frequency import Frequency
from contracts.model import Contract, load_contract


@dataclass(frozen=True, slots=True)
class Origin:
    """One feed of one agency.

    Attributes:
        feed: feed name.
        title_vi, title_en: the system that gives it.
        contract: what it is judged by now.
        frequency: how often it is owed.
        paths: contract field -> its name at the source, where it has one.
    """

    feed: str
    title_vi: str
    title_en: str
    contract: Contract
    frequency: Frequency
    paths: Mapping[str, str]

    def record_id(self, values: Mapping[str, object]) -> str:
        """Return the natural key of a quarantined row, as its source wrote it; empty for none."""
        parts = [values.get(self.paths.get(field, "")) for field in self.contract.key]
        return ", ".join(str(part) for part in parts if part not in {None, ""})


def origin_of(agency: Agency, feed: str) -> Origin:
    """Return where a feed comes from.

    Raises:
        ConfigError: the agency gives no such feed, or its system or contract is not shipped.
    """
    system = system_for(agency, feed)
    title_vi, _, title_en = system.title.partition(" / ")
    fields = system.source_map.fields
    return Origin(
        feed,
        title_vi,
        title_en or title_vi,
        load_contract(feed, agency.feeds[feed].contract),
        agency.frequency(feed),
        {name: field.path for name, field in fields.items() if field.path},
    )
