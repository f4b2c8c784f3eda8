"""docs/commands.md and the command line name the same verbs, options and exit codes."""

import re
from collections.abc import Iterator

import click
import pytest

from contracts import errors
from hub.cli.main import hub
from tests.docs.page import page, sections

TEXT = page("commands.md")


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for verb in group.list_commands(context):
        command = group.get_command(context, verb)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {verb}")
        else:
            yield f"{name} {verb}", command


VERBS = dict(commands(hub, "hub"))
SECTIONS = {name: text for name, text in sections(TEXT).items() if name.startswith("hub ")}


def test_every_verb_has_a_section_and_every_section_a_verb() -> None:
    assert sorted(SECTIONS) == sorted(VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_section_names_exactly_the_options_of_its_verb(verb: str) -> None:
    options = {
        flag
        for parameter in VERBS[verb].params
        if isinstance(parameter, click.Option)
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }
    listed = "\n".join(re.findall(r"^- .*$", SECTIONS[verb], flags=re.MULTILINE))
    assert set(re.findall(r"`(--[a-z-]+)`", listed)) == options


def test_every_exit_code_stands_on_the_page() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, flags=re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    raised = {kind.exit_code for kind in kinds if issubclass(kind, errors.HubError)}
    assert told == raised | {0, 2, 130}
