"""Lists as relations: a row for each item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm.classes import ID
from lakmus.query.engines.duckdb.elm.frames import Failed, Frame
from lakmus.query.ir.elm.types import ChoiceType, CqlType, Named

Name = Callable[[str], str]
# Writes a relation to a table: its name, the query, and the columns of which those are kept that are asked for later.
Write = Callable[[str, str, tuple[str, ...]], None]


@dataclass(frozen=True)
class Rows:
    """A relation of items: `keys` (the person first, then what gives their order), and the item as `value`.

    `unique`: no item twice. `sure`: no item is null. `failed` are relations, each with its keys, for which there is no list.
    `stored`: it is no work to read it again. `origin` is the table of a class that the items are records of, whose key is then
    the last of the keys; before it stands at most one number.
    """

    table: str
    keys: tuple[str, ...]
    value: str
    unique: bool = False
    sure: bool = False
    failed: tuple[Failed, ...] = ()
    stored: bool = False
    origin: str = ""

    def renamed(self, name: Name) -> Rows:
        """The same rows with columns of other names: a relation may stand twice in a join."""
        keys, value = tuple(name("k") for _ in self.keys[1:]), name("c")
        columns = "".join(f", {old} AS {new}" for old, new in zip(self.keys[1:], keys, strict=True))
        table = f"(SELECT p{columns}, {self.value} AS {value} FROM {self.table})"
        return replace(self, table=table, keys=("p", *keys), value=value)

    def frame(self, name: Name) -> Frame:
        """A frame over these rows."""
        return Frame(self.table, self.keys, name, {self.value: None}, list(self.failed))

    def once(self, type_: CqlType) -> Rows:
        """Equal items once, each where it came first."""
        told = f"p, {identity(self.value, type_)}"
        kept = f"SELECT DISTINCT ON ({told}) * FROM {self.table} ORDER BY {', '.join(self.keys)}"
        return replace(self, table=f"({kept})", unique=True, stored=False)

    def written(self, name: Name, write: Write) -> Rows:
        """The rows as a table: what is asked again is not computed again."""
        if self.stored:
            return self
        table = name("q")
        write(table, self.table[1:-1], ())
        return replace(self, table=table, stored=True)


# Of rows like these nothing is known.
UNKNOWN = Rows("", (), "")
_PLACES = 10_000  # of retrieves that are read at once


def merged(parts: Sequence[Rows], name: Name) -> Rows:
    """The union of rows of one origin, each in the place where it came first: records are told apart by their keys alone."""
    found = " UNION ALL ".join(_placed(i, part) for i, part in enumerate(parts))
    place, key = name("k"), name("k")
    first = f"SELECT k, min(t) AS t FROM ({found}) GROUP BY k"
    table = f"(SELECT p, t AS {place}, k AS {key}, v FROM {parts[0].origin} JOIN ({first}) USING (k))"
    failed = tuple(dict.fromkeys(each for part in parts for each in part.failed))
    return Rows(table, ("p", place, key), "v", True, True, failed, False, parts[0].origin)


def _placed(i: int, part: Rows) -> str:
    place = f"{i * _PLACES}::BIGINT" if len(part.keys) == 2 else f"{i * _PLACES}::BIGINT + {part.keys[1]}"
    return f"SELECT {part.keys[-1]} AS k, {place} AS t FROM {part.table}"


def identity(value: str, type_: CqlType) -> str:
    """What tells an item from others: a record's type and id, else the value."""
    if _is_class(type_):
        return f"({value}).{quoted(ID)}"
    if isinstance(type_, ChoiceType) and all(map(_is_class, type_.types)):
        ids = (f"({value}).{quoted(str(t))}.{quoted(ID)}" for t in type_.types)
        return f"coalesce({', '.join(ids)})"
    return value


def _is_class(type_: CqlType) -> bool:
    return isinstance(type_, Named) and type_.namespace != "System"


def finished(frame: Frame, value: str, write: Write, like: Rows = UNKNOWN) -> Rows:
    """The rows of a frame with one value each, of which is known what is known of rows like them."""
    if frame.faults or frame.flags:
        return _flagged(frame, value, write, like)
    name = value if value in frame.carried else frame.name("c")
    columns = ", ".join((*frame.keys, name if name == value else f"{value} AS {name}"))
    failed = tuple(frame.failed)
    return Rows(
        f"({frame.rows(columns)})", frame.keys, name, like.unique, like.sure, failed, False, like.origin
    )


def _flagged(frame: Frame, value: str, write: Write, like: Rows) -> Rows:
    """The same where some rows have no value: they are written too, and are no items of the list."""
    value = value if value in frame.carried else frame.column(value)
    frame.settle()
    table, name, flag, keys = frame.name("q"), frame.name("c"), frame.name("f"), ", ".join(frame.keys)
    write(table, frame.rows(f"{keys}, {value} AS {name}, {frame.flag} AS {flag}"), ())
    failed = (*frame.failed, (f"(SELECT {keys} FROM {table} WHERE {flag})", frame.keys))
    kept = f"(SELECT {keys}, {name} FROM {table} WHERE NOT {flag})"
    return Rows(kept, frame.keys, name, like.unique, like.sure, failed, True, like.origin)


def dropped(frame: Frame, write: Write) -> None:
    """Goes on without the rows that have faults; they are remembered."""
    frame.settle()
    if not frame.flags:
        return
    table, flag = frame.name("t"), frame.flag
    write(table, frame.rows(), (*frame.keys, *frame.carried))
    frame.failed.append((f"(SELECT {', '.join(frame.keys)} FROM {table} WHERE {flag})", frame.keys))
    frame.rebased(f"(SELECT * FROM {table} WHERE NOT {flag})")
    frame.flags.clear()


def kept(frame: Frame, write: Write) -> None:
    """Writes the rows so far to a table, which others may then join. Faults stay."""
    if not frame.columns and not frame.joins and not frame.base.startswith("("):
        return
    fault = frame.fault()
    flag = frame.column(fault) if fault else ""
    table = frame.name("t")
    write(table, frame.rows(), (*frame.keys, *frame.carried))
    frame.rebased(table)
    if flag:
        frame.faults[flag] = None
