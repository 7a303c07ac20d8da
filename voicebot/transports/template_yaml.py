"""Templates as files: YAML in, `CallTemplate` out, and back.

Every scalar is read as the text that stands there, and the template's types decide what it means: YAML's own guesses
would make a number of +14155550100, an integer of 09:00 and False of the country code NO.
"""

from collections.abc import Hashable
from typing import Any

import yaml
from pydantic import ValidationError

from voicebot.domain.templates.template import CallTemplate, problems_of

LONGEST_FILE = 256 * 1024
"""Bytes of a template's file."""
DEEPEST = 20
WIDTH = 100


class TemplateUnreadable(ValueError):
    """A file is no template; `problems` are lines for people, without values of the file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Loader(yaml.BaseLoader):
    """YAML without guesses, anchors or keys that stand twice."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not read here", event.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.constructor.ConstructorError(None, None, "this is nested too deeply", None)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            mark = node.start_mark
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {str(twice)[:40]} stands twice", mark
            )
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay legible, lists stand below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 (the library asks so)
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def read_template(text: str) -> CallTemplate:
    """Return the template of a file. Raises TemplateUnreadable."""
    return template_of(read_yaml(text))


def read_yaml(text: str) -> Any:
    """Return what a YAML file holds, every scalar as text. Raises TemplateUnreadable."""
    if len(text.encode("utf-8", "replace")) > LONGEST_FILE:
        raise TemplateUnreadable([f"expected at most {LONGEST_FILE // 1024} kB"])
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (it makes texts, lists and mappings, nothing else)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise TemplateUnreadable([f"{place}{error.problem or error.context}"]) from None
    except (yaml.YAMLError, ValueError):
        raise TemplateUnreadable(["expected text without control characters"]) from None


def template_of(data: Any) -> CallTemplate:
    """Return the template that YAML's or JSON's own types describe. Raises TemplateUnreadable."""
    if not isinstance(data, dict):
        raise TemplateUnreadable(["expected keys like `name:` and `greeting:`"])
    try:
        return CallTemplate.model_validate(data)
    except ValidationError as error:
        raise TemplateUnreadable(problems_of(error.errors(include_url=False, include_input=False))) from None


def write_template(template: CallTemplate) -> str:
    """Return the file of a template; `read_template` reads the same template from it."""
    return yaml.dump(template.written(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
