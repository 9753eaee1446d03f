import dataclasses

import pytest

from colorize_cli.core.records import as_dict, made_by, names_of, record, replace


@record
class Place:
    name: str
    height: int = 0
    tags: list[str] = made_by(default_factory=list)


@record
class Summit(Place):
    first: str | None = None

    def __post_init__(self) -> None:
        if self.height < 0:
            raise ValueError("a summit lies above the sea")


def test_fields_have_what_they_are_given_or_their_defaults():
    place = Place(name="Rainier")
    assert (place.name, place.height, place.tags) == ("Rainier", 0, [])


def test_a_default_that_is_made_is_made_for_each():
    assert Place(name="a").tags is not Place(name="b").tags


@pytest.mark.parametrize("fields", [{}, {"height": 3}, {"name": "x", "weight": 1}])
def test_fields_are_neither_missing_nor_unknown(fields):
    with pytest.raises(TypeError, match="Place"):
        Place(**fields)


def test_fields_are_named():
    with pytest.raises(TypeError):
        Place("Rainier")


def test_a_record_does_not_change():
    place = Place(name="Rainier")
    with pytest.raises(AttributeError, match="name"):
        place.name = "Tahoma"
    with pytest.raises(AttributeError, match="name"):
        del place.name
    assert place.name == "Rainier"


def test_records_are_equal_by_kind_and_fields():
    assert Place(name="a", height=1) == Place(name="a", height=1) != Place(name="a")
    assert Place(name="a") != Summit(name="a")
    assert Place(name="a") != "a"


@record
class Point:
    x: int
    y: int = 0


def test_records_of_hashable_fields_are_keys():
    assert {Point(x=1): "here"}[Point(x=1, y=0)] == "here"


def test_a_record_extends_another():
    summit = Summit(name="Rainier", height=4392, first="1870")
    assert names_of(Summit) == ("name", "height", "tags", "first")
    assert as_dict(summit) == {"name": "Rainier", "height": 4392, "tags": [], "first": "1870"}


def test_what_is_checked_at_the_end_is_checked_in_copies_too():
    with pytest.raises(ValueError, match="above the sea"):
        Summit(name="a", height=-1)
    with pytest.raises(ValueError, match="above the sea"):
        replace(Summit(name="a"), height=-1)


def test_it_is_shown_as_dataclasses_are():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Same:
        x: int
        y: int = 0

    shown = repr(Same(x=1)).rpartition(".")[2]
    assert repr(Point(x=1)) == shown.replace("Same", "Point")


def test_dataclasses_take_it_for_one_of_theirs():
    place = Place(name="a", tags=["x"])
    assert dataclasses.is_dataclass(place)
    assert dataclasses.replace(place, height=3) == Place(name="a", height=3, tags=["x"])
    assert dataclasses.asdict(place) == {"name": "a", "height": 0, "tags": ["x"]}
    assert [entry.name for entry in dataclasses.fields(Summit)] == list(names_of(Summit))
