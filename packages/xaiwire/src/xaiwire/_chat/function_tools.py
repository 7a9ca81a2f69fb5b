"""Tools that are Python functions, and the running of what a model calls."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

import msgspec

from xaiwire._chat.messages import tool
from xaiwire._chat.shapes import convert, is_model, schema_of, shape_of
from xaiwire._chat.tool_calls import ToolCall
from xaiwire._gen.xai.api.v1 import chat_pb
from xaiwire.errors import ToolError, ValidationError

__all__ = [
    "FunctionTool",
    "OnToolError",
    "as_tool",
    "calls_to_run",
    "error_text",
    "result_text",
    "run_call",
    "tool_from_function",
    "tool_from_model",
]

OnToolError = Literal["tell", "raise"]
"""What becomes of an error in a tool: the model is told, or it is raised."""


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A tool that is a Python function.

    Attributes:
        name: what the model calls it.
        description: what it does, for the model to know when to call it.
        parameters: the JSON Schema of its arguments.
        function: the function; None where it is not run by us.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    function: Callable[..., Any] | None
    _read: Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]] = field(repr=False)

    @property
    def proto(self) -> chat_pb.Tool:
        """The tool as a message of the contract."""
        return tool(self.name, self.description, self.parameters)

    def call(self, arguments: str) -> Any:  # noqa: ANN401 - what the function gives
        """Run the function.

        Args:
            arguments: its arguments as JSON text, as a model wrote them; an empty text stands for none.

        Returns:
            What the function gives; of an asynchronous one, what is to be awaited.

        Raises:
            ToolError: the arguments are not what it takes, or there is no function. What the function raises is raised
                as it is.
        """
        if self.function is None:
            raise ToolError(f"the tool {self.name} has no function to run")
        try:
            positional, named = self._read(json.loads(arguments or "{}"))
        except (ValueError, RecursionError) as error:
            raise ToolError(f"the arguments of {self.name} are not what it takes: {error}") from error
        return self.function(*positional, **named)


def tool_from_function(
    function: Callable[..., Any], *, name: str | None = None, description: str | None = None
) -> FunctionTool:
    """A tool out of a Python function.

    The function's docstring is what the model reads; type hints say what the arguments are, and
    `Annotated[str, "the city"]` describes one of them.

    Args:
        function: the function; it may be asynchronous for AsyncClient.
        name: what the model calls it; the function's name by default.
        description: what the model reads; the docstring by default.

    Raises:
        ValidationError: the function takes what JSON cannot hold, or takes any number of arguments.
    """
    name = name or getattr(function, "__name__", "")
    if not name or name == "<lambda>":
        raise ValidationError("a tool needs a name: give name=")
    description = inspect.getdoc(function) or "" if description is None else description
    try:
        signature, hints = inspect.signature(function), _hints(function)
    except (TypeError, ValueError, NameError) as error:
        raise ValidationError(f"the parameters of {name} cannot be seen: {error}") from None
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ValidationError(f"{name} takes any number of arguments (*{parameter.name}), which no schema can say")
        kind = _described(hints.get(parameter.name, Any))
        if parameter.default is parameter.empty:
            fields.append((parameter.name, kind))
        else:
            fields.append((parameter.name, kind | msgspec.UnsetType, msgspec.UNSET))
    arguments = msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)
    schema = schema_of(arguments)
    schema.pop("title", None)
    _write_defaults(schema, signature)

    def read(value: object) -> tuple[tuple[Any, ...], dict[str, Any]]:
        given = convert(value, arguments)
        positional, named = [], {}
        for parameter in signature.parameters.values():
            argument = getattr(given, parameter.name)
            if argument is msgspec.UNSET:
                argument = parameter.default
            if parameter.kind is parameter.POSITIONAL_ONLY:
                positional.append(argument)
            else:
                named[parameter.name] = argument
        return tuple(positional), named

    return FunctionTool(name, description, schema, function, read)


def tool_from_model(
    model: Any,  # noqa: ANN401 - any type
    function: Callable[[Any], Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
) -> FunctionTool:
    """A tool whose arguments are a pydantic model, a dataclass or a TypedDict.

    Args:
        model: the type.
        function: gets a value of that type; without it, `run_tools` leaves the call to you.
        name: what the model calls the tool; the type's name by default.
        description: what the model reads; the type's docstring by default.

    Raises:
        ValidationError: the type has no JSON Schema.
    """
    shape = shape_of(model)
    read = model.model_validate if is_model(model) else lambda value: convert(value, model)
    return FunctionTool(
        name or shape.name,
        _own_doc(model) if description is None else description,
        shape.schema,
        function,
        lambda value: ((read(value),), {}),
    )


def as_tool(given: Any) -> FunctionTool:  # noqa: ANN401 - what people give
    """The tool that something stands for: a FunctionTool, a function, or a type.

    Raises:
        ValidationError: it is none of them.
    """
    if isinstance(given, FunctionTool):
        return given
    if isinstance(given, type):
        return tool_from_model(given)
    if callable(given):
        return tool_from_function(given)
    raise ValidationError(
        f"a tool is what chat.tool or tools.* make, a function or a model, and not a {type(given).__name__}"
    )


def calls_to_run(
    calls: Iterable[ToolCall], functions: Mapping[str, FunctionTool], tools: Sequence[chat_pb.Tool]
) -> list[ToolCall]:
    """The calls that are to be run here: all that are not the server's.

    Args:
        calls: what the model called.
        functions: the tools that have a function.
        tools: all tools of the conversation.

    Returns:
        The calls; none where one of them is of a tool that its user runs.
    """
    others = {each.tool.value.name for each in tools if each.tool is not None and each.tool.field == "function"} - {
        name for name, each in functions.items() if each.function is not None
    }
    mine = [call for call in calls if call.on_client]
    return [] if any(call.function.name in others for call in mine) else mine


def run_call(call: ToolCall, functions: Mapping[str, FunctionTool]) -> Any:  # noqa: ANN401 - what the function gives
    """Run what a model called.

    Raises:
        ToolError: there is no such tool, or its arguments are not what it takes.
    """
    function = functions.get(call.function.name)
    if function is None:
        raise ToolError(f"there is no tool {call.function.name!r}; there are {', '.join(sorted(functions)) or 'none'}")
    return function.call(call.function.arguments)


def result_text(result: object) -> str:
    """What a function gave, as the model reads it: a text as it is, everything else as JSON.

    Raises:
        ToolError: JSON cannot hold it.
    """
    if isinstance(result, str):
        return result
    try:
        return msgspec.json.encode(result, enc_hook=_encoded).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ToolError(f"the tool's result cannot be written as JSON: {error}") from error


def error_text(error: Exception) -> str:
    """What a model is told of an error in a tool."""
    return json.dumps({"error": str(error) if isinstance(error, ToolError) else f"{type(error).__name__}: {error}"})


def _encoded(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    if dump is None:
        raise TypeError(f"{type(value).__name__} is no type of JSON")
    return dump(mode="json")


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    plain = inspect.isroutine(function) or inspect.isclass(function)
    return get_type_hints(function if plain else type(function).__call__, include_extras=True)


def _described(hint: Any) -> Any:  # noqa: ANN401 - any annotation
    """An annotation whose texts are descriptions."""
    if hint is None:
        return type(None)
    texts = [text for text in getattr(hint, "__metadata__", ()) if isinstance(text, str)]
    if not texts:
        return hint
    from typing import Annotated

    return Annotated[hint, msgspec.Meta(description=" ".join(texts))]


def _write_defaults(schema: dict[str, Any], signature: inspect.Signature) -> None:
    for name, parameter in signature.parameters.items():
        if parameter.default is not parameter.empty and parameter.default is not None:
            try:
                written = msgspec.to_builtins(parameter.default, enc_hook=_encoded)
            except (TypeError, ValueError):
                continue  # The function knows its default; the model need not.
            schema["properties"][name] = {**schema["properties"][name], "default": written}


def _own_doc(kind: Any) -> str:  # noqa: ANN401 - any type
    """A type's own docstring: dataclasses get their signature for one, models that of their base."""
    text = inspect.cleandoc(vars(kind).get("__doc__") or "") if hasattr(kind, "__dict__") else ""
    return "" if text.startswith(f"{getattr(kind, '__name__', '')}(") else text
