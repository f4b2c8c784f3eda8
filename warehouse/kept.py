"""Results that are kept until what they rest on changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

MOST = 8192

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(slots=True)
class Kept:
    """Results of one warehouse by what was asked, each with the version it was worked out from.

    A version is a text from the same snapshot as the result; it changes with everything that the
    result rests on, so that the result of an equal version is equal. Threads may share it; what
    was asked for longest ago goes first.

    Attributes:
        most: how many results are kept.
    """

    most: int = MOST
    _results: OrderedDict[Hashable, tuple[str, Any]] = field(
        default_factory=OrderedDict, repr=False
    )
    _lock: Lock = field(default_factory=Lock, repr=False)

    def of(
        self,
        asked: Hashable,
        versions: Mapping[Key, str],
        make: Callable[[Sequence[Key]], Mapping[Key, Result]],
    ) -> dict[Key, Result]:
        """Return the result of every key; ``make`` works out those that are not kept, at once.

        Args:
            asked: what is asked of the keys: names the question and its parameters.
            versions: key -> version of all that its result rests on.
            make: gives the result of each of some keys.
        """
        with self._lock:
            held = {key: self._results.get((asked, key)) for key in versions}
        found = {key: one[1] for key, one in held.items() if one and one[0] == versions[key]}
        if stale := [key for key in versions if key not in found]:
            found |= make(stale)
        with self._lock:
            for key, result in found.items():
                self._results[asked, key] = (versions[key], result)
                self._results.move_to_end((asked, key))
            while len(self._results) > self.most:
                self._results.popitem(last=False)
        return found
