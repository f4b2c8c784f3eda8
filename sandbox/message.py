"""The message axis: a list of what an agency received, and every message by its id."""

from collections import OrderedDict
from datetime import date

from sandbox.ask import axis
from sandbox.http import Request, Response
from sandbox.nation import Nation
from sandbox.page import json_response, problem
from sandbox.press import Press
from sandbox.report import Answered
from sandbox.shapes.axis import Movements, movements
from sandbox.shapes.edxml import item, message, receipt

FEED = "documents"
_KEPT = 8
"""Days of movements held."""


class MessageAxis:
    """Answers the axis's two calls; receipts stand in its list too, behind every tenth message."""

    def __init__(self, nation: Nation, press: Press) -> None:
        self._nation, self._press = nation, press
        self._held: OrderedDict[tuple[str, date, int], tuple[Movements, ...]] = OrderedDict()

    def listed(self, agency: str, request: Request) -> Answered:
        """Answer ``pageSize``, ``pageIndex`` from 1, ``fromDate`` and ``toDate``."""
        ask = axis(request.query)
        told = [entry for day in ask.days for entry in self._entries(agency, day)]
        start = (ask.asked - 1) * ask.size
        body = {"status": "success", "total": len(told), "items": told[start : start + ask.size]}
        return Answered(FEED, ask.days[-1], ask.asked - 1, json_response(body))

    def message(self, agency: str, request: Request) -> Answered | Response:
        """Answer ``DocId`` with the message."""
        day_text, _, place = request.query["DocId"].partition("-")
        day = date.fromisoformat(day_text)
        received = self._received(agency, day)
        if not place.isdigit() or int(place) >= len(received):
            return problem(404, "không có văn bản này / no such message")
        answer = Response(parts=(message(received[int(place)]),), kind="application/xml")
        return Answered(FEED, day, int(place), answer)

    def _entries(self, agency: str, day: date) -> list[object]:
        entries: list[object] = []
        for place, movement in enumerate(self._received(agency, day)):
            name = f"{day:%Y%m%d}-{place}"
            entries.append(item(name, movement))
            if place % 10 == 9:
                entries.append(receipt(f"{name}s", movement))
        return entries

    def _received(self, agency: str, day: date) -> tuple[Movements, ...]:
        key = (agency, day, self._press.edition)
        if key not in self._held:
            rows = self._nation.day(agency, FEED, day)
            told = movements(rows, rows.frame) if rows else ()
            self._held[key] = tuple(movement for movement in told if not movement.is_sent)
            if len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return self._held[key]
