"""What the objects of a JSON file stand for: records, columns, splits, or pages of a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from diq_core.data.findings import finding
from diq_core.data.readers.splits import NAMES, choose, is_split, not_read, wants
from diq_core.errors import BadFile

# Messages or options beside other fields are a record, not a wrapper around records.
_OWN = {"messages", "conversations", "prompt", "completion", "options", "history", "images"}
_QUESTIONS = {"question", "instruction", "prompt", "query", "input", "problem"}


def records(value: Any, file: str, split: str) -> Iterator[Any]:
    """Yield what one JSON value holds as records, and a `Finding` for each remark about it.

    Args:
        split: the one to read where the value holds several; empty = that for training.

    Raises:
        BadFile: it holds none.
        BadSetting: a split must be chosen, or does not exist.
    """
    if isinstance(value, list):
        yield from value
    elif not isinstance(value, dict):
        raise BadFile(
            f"The file holds a single {type(value).__name__}, no records",
            which=file,
            todo="give an array of objects, or an object of columns or of records",
        )
    elif (page := _page(value)) is not None:
        yield from _page_rows(page, value, file)
    elif (parts := _splits(value)) or wants(split):
        chosen = choose(parts, split, file)
        yield from not_read(parts, chosen, file)
        yield from records(value[chosen], file, "")
    else:
        yield from _unsplit(value, file)


def _unsplit(value: dict[str, Any], file: str) -> Iterator[Any]:
    if (table := _table(value, file)) is not None:
        yield from table
    elif value and all(isinstance(inner, dict) for inner in value.values()):
        if _is_columns(value):
            yield from _numbered(value)
        else:
            yield from ({"id": key, **record} for key, record in value.items())
    elif (wrapped := _wrapped(value)) is not None:
        yield from wrapped
    elif value and all(_is_column(inner) for inner in value.values()):
        yield from _columns(value, file)
    else:
        yield value


def _splits(value: dict[str, Any]) -> list[str]:
    """Return the names of the splits in an object such as {"train": [{…}], "test": [{…}]}."""
    if (_OWN | _QUESTIONS) & {key.casefold() for key in value}:
        return []
    holding = [name for name, inner in value.items() if isinstance(inner, (list, dict))]
    if holding and all(_is_split(name, value[name]) for name in holding):
        return holding
    lists = [name for name in holding if _is_list_of_objects(value[name])]
    return lists if len(lists) > 1 and len(lists) == len(value) else []


def _is_split(name: str, value: Any) -> bool:
    if isinstance(value, list):
        return is_split(name) and (not value or _is_list_of_objects(value))
    columns = [isinstance(inner, (dict, list)) for inner in value.values()]
    return name.lower() in NAMES and bool(columns) and all(columns)


def _is_list_of_objects(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
        and not _is_turns(value)
    )  # fmt: skip


def _page(value: dict[str, Any]) -> list[Any] | None:
    """Return the rows of a page of the hub's server: {"rows": [{"row": {…}}], …}."""
    rows = value.get("rows")
    if not isinstance(rows, list) or not rows:
        return None
    is_page = all(isinstance(each, dict) and isinstance(each.get("row"), dict) for each in rows)
    return rows if is_page else None


def _page_rows(rows: list[Any], value: dict[str, Any], file: str) -> Iterator[Any]:
    total = value.get("num_rows_total")
    if isinstance(total, int) and total > len(rows):
        message = f"The file is a page of the hub's viewer: {len(rows):,} of {total:,} rows"
        hint = "download the data set itself"
        yield finding("one-page", message, hint=hint, file=file)
    for number, each in enumerate(rows, 1):
        cut = each.get("truncated_cells")
        if cut:
            yield finding(
                "cut-cell",
                f"The hub's viewer cut off: {str(cut)[:100]}",
                hint="download the data set itself",
                file=file,
                line=number,
            )
        else:
            yield each["row"]


def _table(value: dict[str, Any], file: str) -> Iterator[Any] | None:
    """Return the records of pandas' orients `split` and `table`."""
    data, names = value.get("data"), value.get("columns")
    if not isinstance(data, list):
        return None
    if isinstance(names, list) and set(value) <= {"columns", "index", "data", "index_names",
                                                  "column_names"}:  # fmt: skip
        return _cells(list(map(str, names)), data, file)
    if isinstance(value.get("schema"), dict) and len(value) == 2:
        return iter(data)
    return None


def _cells(names: list[str], data: list[Any], file: str) -> Iterator[dict[str, Any]]:
    for number, cells in enumerate(data, 1):
        if not isinstance(cells, list) or len(cells) != len(names):
            raise BadFile(
                f"Row {number} of 'data' does not have the {len(names)} cells that 'columns' names",
                which=file,
                todo="write the table again, e.g. with to_json(orient='records', lines=True)",
            )
        yield dict(zip(names, cells, strict=True))


def _is_columns(value: dict[str, Any]) -> bool:
    """Return whether an object of objects holds columns of numbered cells, as pandas writes."""
    inner = [set(column) for column in value.values()]
    if not inner[0] or any(keys != inner[0] for keys in inner):
        return False
    numbered = all(map(_is_number, inner[0]))
    asks = {key.casefold() for key in value} & _QUESTIONS
    inner_asks = {key.casefold() for key in inner[0]} & _QUESTIONS
    return (numbered and not all(map(_is_number, value))) or bool(asks and not inner_asks)


def _numbered(value: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for key in next(iter(value.values())):
        row = {name: column[key] for name, column in value.items()}
        # A number is the row's place; anything else is what the writer called it.
        yield row if _is_number(key) else {"id": key, **row}


def _is_number(key: str) -> bool:
    return key.lstrip("-").isdigit()


def _wrapped(value: dict[str, Any]) -> list[Any] | None:
    """Return the one list of records in an object such as {"version": …, "data": […]}."""
    lists = [
        inner
        for inner in value.values()
        if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner)
    ]
    others = [inner for inner in value.values() if isinstance(inner, (list, dict))]
    return lists[0] if len(lists) == len(others) == 1 and not _OWN & set(value) else None


def _is_column(value: Any) -> bool:
    """Return whether `value` is a list, and not the messages of one record."""
    return isinstance(value, list) and not _is_turns(value)


def _is_turns(value: list[Any]) -> bool:
    return any(isinstance(item, dict) and {"role", "from"} & set(item) for item in value)


def _columns(value: dict[str, list[Any]], file: str) -> Iterator[dict[str, Any]]:
    lengths = {key: len(column) for key, column in value.items()}
    if len(set(lengths.values())) > 1:
        shown = dict(list(lengths.items())[:10])
        raise BadFile(
            f"The columns have different lengths: {shown}",
            which=file,
            todo="give every column as many values as there are records",
        )
    for index in range(next(iter(lengths.values()))):
        yield {key: column[index] for key, column in value.items()}
