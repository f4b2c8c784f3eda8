"""Fixtures that every room's tests may use."""

pytest_plugins = ["tests.postgres", "tests.mariadb", "tests.browser", "tests.serving.site"]
