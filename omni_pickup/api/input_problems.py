"""What pydantic says about input, as JSON pointers (RFC 6901) and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from omni_pickup.errors import Invalid

MOST_ERRORS = 50
_Model = TypeVar("_Model", bound=BaseModel)
_AN_OBJECT, _A_NUMBER = "This is an object.", "This is a whole number."
#: Words for people who send JSON, where the library speaks of Python's types.
_WORDS = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field.",
    "model_type": _AN_OBJECT,
    "dict_type": _AN_OBJECT,
    "list_type": "This is an array.",
    "string_type": "This is a string.",
    "bool_type": "This is true or false.",
    "int_type": _A_NUMBER,
    "int_from_float": _A_NUMBER,
    "float_type": "This is a number.",
}


def read_as(model: type[_Model], document: object) -> _Model:
    """`document` as the model. Raises Invalid with a pointer for each wrong place."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = [_shape(problem) for problem in error.errors(include_url=False, include_context=False)]
    raise Invalid(errors=found[:MOST_ERRORS])


def pointer(*steps: str | int) -> str:
    """The JSON pointer of a place."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _shape(problem: Mapping[str, Any]) -> dict[str, str]:
    """Neither the sent value nor the model's inner names are repeated: the first may be personal."""
    steps = [step for step in problem["loc"] if step != "[key]"]
    message = _WORDS.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ").replace(
        " after validation", ""
    )
    return {"pointer": pointer(*steps), "message": message}
