"""JSON from a stranger: what a request's body holds, or what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from itertools import islice
from typing import Any

from service import problem
from service.problem import Problem

_MOST_VALUES = 1_000_000
"""More than 10 000 articles with all their links hold. Each may take a hundred bytes, though the body has three for it:
without a limit 60 MB of brackets were two gigabytes."""
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{,]', re.DOTALL)
"""A whole string, or what begins a value; a comma within a string begins none."""


def parsed(body: bytes) -> Any:
    """The JSON value of a body, with numbers that any JSON can hold. Raises Problem."""
    if _holds_too_many_values(body):
        raise Problem(problem.TOO_LARGE, f"over {_MOST_VALUES} values in the JSON")
    try:
        return json.loads(body, parse_constant=_finite, parse_float=_finite, object_pairs_hook=_object)
    except RecursionError:
        raise Problem(problem.MALFORMED, "JSON nests too deep") from None
    except json.JSONDecodeError as error:
        raise Problem(problem.MALFORMED, f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError:
        raise Problem(problem.MALFORMED, "the text is not in UTF-8") from None
    except ValueError:
        raise Problem(problem.MALFORMED, "a number is none that JSON knows, or out of range") from None


def _holds_too_many_values(body: bytes) -> bool:
    if len(body) <= _MOST_VALUES or sum(map(body.count, (b",", b"[", b"{"))) <= _MOST_VALUES:
        return False
    return next(islice(_TOKEN.finditer(body), _MOST_VALUES, None), None) is not None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members with one name others may read the first: then what is judged is not what is published."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem(problem.MALFORMED, "a name stands twice in an object")
    return found


def _finite(text: str) -> float:
    """NaN is no JSON, and 1e999 would be written again as Infinity; a database takes neither."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
