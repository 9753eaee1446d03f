"""Frozen dataclasses that are made at once, for what a filter imports before its only picture.

`dataclasses` writes and compiles the methods of each class anew, 0.7 ms apiece, and imports 12 ms
of `inspect` and `ast` for it: of the 170 ms of imports before a picture, 57. A record has the same
meaning as `dataclass(frozen=True, kw_only=True)`, with one `__init__` for all. Type checkers see
a dataclass, and so do `dataclasses.fields`, `replace` and `asdict`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, dataclass_transform

Thing = TypeVar("Thing")

FIELDS: Final = "__record_fields__"
"""The attribute of a record that holds its fields, each with a _Maker, a default or _REQUIRED."""

_REQUIRED: Final = object()


class _Maker:
    """Stands for a default that is made anew for each record."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def made_by(*, default_factory: Callable[[], Any]) -> Any:
    """Return what stands for the default of a field that is made anew each time."""
    return _Maker(default_factory)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(made_by,))
def record(kind: type[Thing]) -> type[Thing]:
    """Make a class a record of its annotated attributes and of those of the records it extends."""
    fields: dict[str, Any] = {}
    for base in reversed(kind.__mro__[1:]):
        fields |= vars(base).get(FIELDS, {})
    for name in vars(kind).get("__annotations__", {}):
        fields[name] = vars(kind).get(name, _REQUIRED)
        if isinstance(fields[name], _Maker):
            delattr(kind, name)
    methods = (_init, _repr, _eq, _hash, _setattr, _delattr)
    for name, method in zip(METHODS, methods, strict=True):
        if name not in vars(kind):
            setattr(kind, name, method)
    setattr(kind, FIELDS, fields)
    setattr(kind, "__dataclass_fields__", _DataclassFields())  # noqa: B010 - mypy has its own
    return kind


def replace(thing: Thing, **changes: Any) -> Thing:
    """Return a record like another but for some fields, as `dataclasses.replace` does."""
    return type(thing)(**{**as_dict(thing), **changes})


METHODS: Final = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")


def names_of(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a kind of record, in their order."""
    return tuple(getattr(kind, FIELDS))


def as_dict(thing: object) -> dict[str, Any]:
    """Return the values of a record's fields by their names."""
    return {name: getattr(thing, name) for name in names_of(type(thing))}


def _init(self: Any, **given: Any) -> None:
    fields: dict[str, Any] = getattr(type(self), FIELDS)
    unknown = given.keys() - fields.keys()
    missing = [name for name, entry in fields.items() if entry is _REQUIRED and name not in given]
    if unknown or missing:
        raise TypeError(f"{type(self).__name__}: unknown {sorted(unknown)}, missing {missing}")
    for name, entry in fields.items():
        if name in given:
            self.__dict__[name] = given[name]
        else:
            self.__dict__[name] = entry.make() if isinstance(entry, _Maker) else entry
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _repr(self: Any) -> str:
    entries = (f"{name}={value!r}" for name, value in as_dict(self).items())
    return f"{type(self).__qualname__}({', '.join(entries)})"


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return as_dict(self) == as_dict(other)


def _hash(self: Any) -> int:
    return hash(tuple(as_dict(self).values()))


def _setattr(self: Any, name: str, value: object) -> None:
    del value
    raise AttributeError(f"cannot assign to field {name!r} of {type(self).__name__}")


def _delattr(self: Any, name: str) -> None:
    raise AttributeError(f"cannot delete field {name!r} of {type(self).__name__}")


class _DataclassFields:
    """What `dataclasses` looks for, made when it is asked for."""

    def __get__(self, thing: object, kind: type) -> Mapping[str, Any]:
        import dataclasses

        entries = []
        for name, entry in getattr(kind, FIELDS).items():
            if isinstance(entry, _Maker):
                entries.append((name, Any, dataclasses.field(default_factory=entry.make)))
            elif entry is _REQUIRED:
                entries.append((name, Any, dataclasses.field()))
            else:
                entries.append((name, Any, dataclasses.field(default=entry)))
        same = dataclasses.make_dataclass(kind.__name__, entries, frozen=True, kw_only=True)
        fields: Mapping[str, Any] = same.__dict__["__dataclass_fields__"]
        return fields
