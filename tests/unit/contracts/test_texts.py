"""Many texts kept as few are the texts that were given."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.texts import Texts

_blocks = st.lists(st.lists(st.text(alphabet="ab\x1f", max_size=3), max_size=5), max_size=5)


@given(_blocks)
def test_texts_come_back_in_order_whatever_they_hold(blocks: list[list[str]]) -> None:
    kept = Texts()
    for block in blocks:
        kept.add(list(block))
    flat = [text for block in blocks for text in block]
    assert list(kept) == flat
    assert [kept[place] for place in range(len(kept))] == flat
    assert kept[1:3] == flat[1:3]
    assert kept.joined() == "\x1f".join(flat)
    for first in range(len(flat)):
        assert kept.chosen(np.arange(first, len(flat))) == flat[first:]
        assert kept.chosen(np.array([first, -1, first])) == [flat[first], "", flat[first]]
