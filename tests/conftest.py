import pytest

from tests import cast as people


@pytest.fixture
def cast(db) -> people.Cast:
    """The clinic of the tests. With `transactional_db` beside it, in real transactions."""
    return people.assemble()
