"""Values that are written as text inside a cell: JSON, and what Python and NumPy print."""

from __future__ import annotations

import ast
import io
import json
import tokenize
import warnings
from typing import Any

_LONGEST = 200_000
_DEEPEST = 20
_BEGIN = ("{", "[", "array([")
_NAMES = {"nan": None, "null": None, "true": True, "false": False}
_VALUE_ENDS = (tokenize.STRING, tokenize.NUMBER, tokenize.NAME)
_NO_VALUE = object()


def parsed(value: Any) -> Any:
    """Return `value`, parsed when it is text that is an object or a list (as in CSV).

    Read are JSON and, up to 200,000 characters and 20 levels, Python's own notation, also as
    pandas writes the lists of a table into CSV: ``['one' 'two']``. Nothing is ever run.
    """
    if not isinstance(value, str) or not value.strip().startswith(_BEGIN):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        found = _literal(value.strip())
    return value if found is _NO_VALUE else found


def _literal(text: str) -> Any:
    if len(text) > _LONGEST or _depth(text) > _DEEPEST:
        return _NO_VALUE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes that mean nothing
            tree = ast.parse(_with_commas(text), mode="eval")
        return _value(tree.body)
    except (SyntaxError, ValueError, MemoryError, RecursionError, tokenize.TokenError):
        return _NO_VALUE


def _depth(text: str) -> int:
    """Return how deep brackets nest at most; those inside quotes count, too."""
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _with_commas(text: str) -> str:
    """Return `text` with the commas that NumPy leaves out; Python would join the texts."""
    pieces: list[str] = []
    after_value = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            continue
        begins = token.type in _VALUE_ENDS or token.string in ("{", "[")
        pieces.append(("," if after_value and begins else "") + token.string)
        after_value = token.type in _VALUE_ENDS or token.string in ("}", "]", ")")
    return " ".join(pieces)


def _value(node: ast.expr) -> Any:
    """Return what a literal stands for.

    Raises:
        ValueError: it is more than a literal.
    """
    match node:
        case ast.Constant(value=str() | bool() | int() | float() | None as value):
            return value
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {str(_value(key)): _value(value) for key, value in pairs if key is not None}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Call(func=ast.Name(id="array"), args=[ast.List() as items]):
            return _value(items)
    raise ValueError("not a literal")
