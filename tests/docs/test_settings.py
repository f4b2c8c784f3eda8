"""docs/settings.md and the settings name the same variables and defaults."""

import re

from hub.settings import PREFIX, Settings
from tests.docs.page import page


def test_every_setting_stands_on_the_page_with_its_default() -> None:
    told = dict(
        re.findall(r"^\| `(HUB_\w+)` \| `?([^|`]+)`? \|", page("settings.md"), re.MULTILINE)
    )
    fields = Settings.model_fields.items()
    assert told == {PREFIX + name.upper(): str(field.default or "–") for name, field in fields}
