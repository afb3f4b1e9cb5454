"""What must not reach a log: a token in an address is a key to somebody's appointment, question or invoice."""

import logging
import re

_TOKEN = re.compile(r"(/(?:r|reminders|o|outcomes|feeds|pay|book|bookings)/)[^/\s?\"']+")


class WithoutTokens(logging.Filter):
    """Writes `/r/.../` for `/r/<token>/` in whatever is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _TOKEN.sub(r"\1...", str(record.msg))
        if isinstance(record.args, tuple):
            record.args = tuple(_shortened(value) for value in record.args)
        return True


def _shortened(value: object) -> object:
    return _TOKEN.sub(r"\1...", value) if isinstance(value, str) else value
