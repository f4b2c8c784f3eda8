"""YAML files of people, read as ``contracts.yaml_file`` reads them."""

from contracts.yaml_file import build_model, read_model, read_yaml

__all__ = ["build_model", "read_model", "read_yaml"]
