"""Charts say exactly what stands in them, and the map always holds the whole country."""

from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from contracts.yaml_file import read_model
from serving.chart import bullet, ranked_bar, sparkline
from serving.tile_map import FILE, Face, Tiles, tile_map, tiles

ISLES = {"hoang_sa": ("Quần đảo", "Hoàng Sa"), "truong_sa": ("Quần đảo", "Trường Sa")}


def svg(text: str) -> Element:
    return fromstring(text)


def points(drawn: Element) -> list[str]:
    return [line.get("points", "") for line in drawn.findall("polyline")]


def at(element: Element | None, *names: str) -> tuple[str | None, ...]:
    assert element is not None
    return tuple(element.get(name) for name in names)


def test_a_line_goes_from_left_to_right_and_rises_with_its_values() -> None:
    drawn = svg(sparkline([Decimal(10), Decimal(20), Decimal(15)], "ba ngày"))
    assert points(drawn)[0] == "3,25 48,3 93,14"
    assert at(drawn.find("circle"), "cx", "cy") == ("93", "14")
    assert drawn.get("aria-label") == "ba ngày"


def test_a_day_that_told_nothing_is_a_gap_not_a_zero() -> None:
    values = [Decimal(1), Decimal(2), None, Decimal(2), Decimal(1)]
    assert points(svg(sparkline(values, "x"))) == ["3,25 25.5,3", "70.5,3 93,25"]


def test_a_line_that_never_changes_runs_through_the_middle() -> None:
    assert 'points="3,14 93,14"' in sparkline([Decimal(7), Decimal(7)], "x")


def test_small_changes_stay_small_where_the_height_stands_for_more() -> None:
    assert 'points="3,16.2 93,11.8"' in sparkline([Decimal(50), Decimal(51)], "x", Decimal(5))


def test_one_point_is_no_line() -> None:
    assert sparkline([None, Decimal(5)], "x") == ""


def test_the_words_of_a_chart_cannot_close_its_tag() -> None:
    drawn = sparkline([Decimal(1), Decimal(2)], '"><script>')
    assert "<script>" not in drawn
    assert svg(drawn).get("aria-label") == '"><script>'


def test_a_bar_ends_at_its_value_and_the_mark_stands_at_the_target() -> None:
    track, bar, mark = svg(bullet(Decimal("62.95"), Decimal(60), "met"))
    assert (track.get("width"), bar.get("width"), bar.get("class")) == ("100%", "63%", "met")
    assert mark.get("x") == "60%"


def test_without_a_target_there_is_no_mark() -> None:
    assert len(svg(bullet(Decimal(40), None, "open"))) == 2


def test_a_bar_never_leaves_its_track() -> None:
    assert svg(bullet(Decimal(130), None, "open"))[1].get("width") == "100%"
    assert svg(bullet(Decimal(-5), None, "open"))[1].get("width") == "0%"


def test_a_score_has_its_band_s_colour_and_the_mean_its_line() -> None:
    bar, line = svg(ranked_bar(Decimal("91.5"), "excellent", Decimal(77)))
    assert (bar.get("class"), bar.get("width")) == ("excellent", "91.5%")
    assert (line.get("x1"), line.get("x2")) == ("77%", "77%")


def test_what_is_not_whole_is_dashed_and_has_no_colour_of_a_band() -> None:
    assert svg(ranked_bar(Decimal(95), "excellent", is_whole=False))[0].get("class") == "dashed"


@given(st.lists(st.none() | st.decimals(0, 10**12, places=2), max_size=40))
def test_every_line_stays_within_its_frame(values: list[Decimal | None]) -> None:
    drawn = sparkline(values, "x")
    if not drawn:
        return
    for line in points(svg(drawn)):
        for point in line.split(" "):
            x, y = map(float, point.split(","))
            assert 3 <= x <= 93
            assert 3 <= y <= 25


def test_the_map_has_34_tiles_none_upon_another() -> None:
    known = tiles().provinces
    assert len(known) == 34
    assert len({(tile.row, tile.column) for tile in known}) == 34
    assert len({tile.code for tile in known} | {tile.gso for tile in known}) == 68


def test_every_archipelago_stands_beside_its_own_province_or_city() -> None:
    rows = {tile.code: tile.row for tile in tiles().provinces}
    assert [(isle.name, isle.code, rows[isle.code]) for isle in tiles().archipelagos] == [
        ("hoang_sa", "H17", 6),
        ("truong_sa", "H32", 9),
    ]
    assert read_model(FILE, Tiles) == tiles()


def test_a_map_of_nothing_still_shows_the_whole_country() -> None:
    drawn = svg(tile_map({}, ISLES, "bản đồ"))
    titles = [title.text for title in drawn.iter("title")]
    assert len(titles) == 36
    assert titles[-2:] == ["Quần đảo Hoàng Sa", "Quần đảo Trường Sa"]
    assert {group.get("class") for group in drawn} == {"none", "isle"}


def test_a_tile_stands_where_the_list_says_and_shows_its_figure() -> None:
    face = Face("90,9", "excellent", "Hà Nội: 90,9 (Xuất sắc)")
    drawn = svg(tile_map({"H26": face}, ISLES, "bản đồ"))
    tile = next(group for group in drawn if group.get("class") == "excellent")
    assert at(tile.find("rect"), "x", "y") == ("186.5", "104.5")
    assert [text.text for text in tile.findall("text")] == ["Hà Nội", "90,9"]
    assert drawn.get("viewBox") == "0 0 478 672"


def test_the_archipelagos_are_right_of_every_province() -> None:
    drawn = svg(tile_map({}, ISLES, "bản đồ"))
    isles = [group for group in drawn if group.get("class") == "isle"]
    assert [at(isle.find("rect"), "x", "y") for isle in isles] == [
        ("380.5", "312.5"),
        ("380.5", "468.5"),
    ]
