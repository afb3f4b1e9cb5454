"""The clinic's own settings, with rivals of its views beside them under `/plain/`."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.book.rivals.urls"
