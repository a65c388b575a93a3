"""By what a measured map is known: the code that drew and judged it, as it was loaded, and what it looked at."""

import ast
import hashlib
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from core.evaluation.results.faithfulness import CONTROLS
from core.explain import attribution, baseline, faithfulness, masks, package, passes
from core.explain.registry import AttributionMethod, methods_for
from core.models import stages, symmetries
from core.models.registry import ArchitectureSpec


def identities(spec: ArchitectureSpec, views: int) -> dict[str, str]:
    """By method that suits the architecture, and control. views: symmetries over which the answer is averaged.

    It changes with the method's own file, with what all maps are drawn and judged by, and with the layer, but not with
    comments, docstrings, how code is laid out, or what a person reads of the method.
    """
    own = {method.name: (*_drawn_by(method), spec.explain_layer, method.finer) for method in methods_for(spec)}
    parts: dict[str, tuple[object, ...]] = own | dict.fromkeys(CONTROLS, ())
    return {name: _short(repr((SHARED, views, *each))) for name, each in parts.items()}


def meaning_of(source: str) -> str:
    """Of Python, what decides what it computes: its nodes with their names and constants, whatever the version.

    Statements of a module that are only a docstring or a call, such as the registration of a method, are left out.
    """
    return "\n".join(_nodes(ast.parse(source)))


def _nodes(tree: ast.Module) -> Iterator[str]:
    tree.body = [each for each in tree.body if not isinstance(each, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(node):
            del node.body[0]
    for node in ast.walk(tree):
        fields = [str(value) for _, value in ast.iter_fields(node) if isinstance(value, str | int | float)]
        yield f"{type(node).__name__} {' '.join(fields)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _code(module: ModuleType) -> str:
    return _short(meaning_of(inspect.getsource(module)))


@cache
def _drawn_by(method: AttributionMethod) -> tuple[str, str]:
    function = method.from_layer or method.from_pixels
    assert function is not None
    return method.name, _code(sys.modules[function.__module__])


SHARED = tuple(
    _code(module) for module in (attribution, baseline, faithfulness, masks, package, passes, stages, symmetries)
)
