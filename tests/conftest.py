"""Fixtures that every room's tests may use."""

from hypothesis import settings

settings.register_profile("house", deadline=None)  # no test depends on timing
settings.load_profile("house")

pytest_plugins = ["tests.postgres", "tests.mariadb", "tests.browser", "tests.serving.site"]
