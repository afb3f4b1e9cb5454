"""The clinic of the tests, for the figures that need one."""

from tests.conftest import cast

__all__ = ["cast"]
