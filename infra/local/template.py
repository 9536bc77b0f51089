"""template.yaml as the data that CreateStack takes as JSON: its short tags become functions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]
_KEPT_NAMES = ("Ref", "Condition")  # every other tag is short for Fn::<tag>


def load_template(path: Path) -> Template:
    """Raises ValueError where the file is not a template."""
    try:
        # A subclass of SafeLoader, which makes nothing but plain data.
        template = yaml.load(path.read_text(), Loader=_TagLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(template, dict) or "Resources" not in template:
        raise ValueError(f"{path} is not a template: it has no Resources")
    return template


def code_owners(template: Template) -> Iterator[dict[str, Any]]:
    """The property mappings whose CodeUri is a folder of this machine."""
    sections = [template.get("Globals", {}).get("Function", {})]
    for resource in template["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            sections.append(resource.get("Properties", {}))
    return (section for section in sections if _is_folder(section.get("CodeUri")))


def _is_folder(code_uri: Any) -> bool:
    return isinstance(code_uri, str) and not code_uri.startswith("s3://")


class _TagLoader(yaml.SafeLoader):
    """Knows the tags of CloudFormation: `!Sub x` is `{"Fn::Sub": x}`."""


def _function(loader: _TagLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in _KEPT_NAMES else f"Fn::{tag}"
    value = _value(loader, node)
    if name == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


def _value(loader: _TagLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    raise yaml.constructor.ConstructorError(None, None, "unknown node", node.start_mark)


_TagLoader.add_multi_constructor("!", _function)
