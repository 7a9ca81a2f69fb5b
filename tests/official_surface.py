"""Prints what the official package's public modules hold, as JSON; it runs in that package's environment.

{module: {name: parameters}}; for a class `name.method`, and `name.property` with null.
"""

import importlib
import inspect
import json
import sys

RESOURCES = ("auth", "chat", "collections", "files", "image", "models", "tokenizer")
MODULES = (
    "",
    "chat",
    "search",
    "tools",
    "files",
    "image",
    "collections",
    "telemetry",
    *(f"{kind}.{name}" for kind in ("sync", "aio") for name in RESOURCES),
)


def parameters(function):
    return [
        [each.name, each.kind.name, each.default is each.empty]
        for each in inspect.signature(function).parameters.values()
    ]


def members(module):
    found = {}
    for name, member in vars(module).items():
        home = getattr(member, "__module__", "")
        if name.startswith("_") or not str(home).startswith(module.__name__.partition(".")[0]):
            continue
        if inspect.isfunction(member):
            found[name] = parameters(member)
        elif inspect.isclass(member) and not issubclass(member, type(inspect.Parameter.POSITIONAL_ONLY)):
            if home != module.__name__ and module.__name__.count("."):
                continue
            found[name] = parameters(member)
            for attribute in dir(member):
                value = inspect.getattr_static(member, attribute)
                if attribute.startswith("_"):
                    continue
                if isinstance(value, property):
                    found[f"{name}.{attribute}"] = None
                elif inspect.isfunction(value):
                    found[f"{name}.{attribute}"] = parameters(value)
    return found


print(json.dumps({name: members(importlib.import_module(f"{sys.argv[1]}.{name}".rstrip("."))) for name in MODULES}))
