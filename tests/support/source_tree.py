"""The product's own source, parsed, for tests about its shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """A source file of the product."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Parsed when somebody asks: to parse all takes seconds."""
        return ast.parse(self.text)

    def imports(self) -> tuple[tuple[str, int], ...]:
        """What it imports, also inside functions, but not what only type checkers see; with the line."""
        return self._imports

    @cached_property
    def _imports(self) -> tuple[tuple[str, int], ...]:
        return tuple(self._found())

    def _found(self) -> Iterator[tuple[str, int]]:
        for node in _runtime_nodes(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    submodule = f"{node.module}.{alias.name}"
                    yield (submodule if submodule in names() else node.module), node.lineno


def _runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The statements, however deep; what they calculate imports nothing."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) or (isinstance(node, ast.If) and _is_for_type_checkers(node.test)):
            continue
        yield node
        yield from _runtime_nodes(node)


def _is_for_type_checkers(test: ast.expr) -> bool:
    return any(
        "TYPE_CHECKING" in (getattr(node, "id", ""), getattr(node, "attr", "")) for node in ast.walk(test)
    )


@cache
def modules() -> tuple[Module, ...]:
    paths = [
        *ROOT.glob("voicebot/**/*.py"),
        *ROOT.glob("webhooks/**/*.py"),
        *(path for path in ROOT.glob("simulator/**/*.py") if "tests" not in path.relative_to(ROOT).parts),
        ROOT / "wsgi.py",
        ROOT / "gunicorn.conf.py",
    ]
    return tuple(_module(path) for path in sorted(paths))


def _module(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts).removesuffix(".__init__")
    return Module(path, name)


@cache
def names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


def is_in(name: str, places: tuple[str, ...]) -> bool:
    """Whether a module is one of the places or lies below one."""
    return any(name == place.rstrip(".") or name.startswith(place.rstrip(".") + ".") for place in places)


def where(module: Module, line: int) -> str:
    return f"{module.path.relative_to(ROOT)}:{line}"
