"""A worker of its own process: `python -m tests.messaging.worker GATEWAY ID...` delivers these messages."""

import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from messaging.delivering import deliver  # noqa: E402


def main() -> None:
    gateway, *ids = sys.argv[1:]
    settings.MESSAGE_GATEWAYS = {"email": gateway}
    deliver(message_ids=[int(message_id) for message_id in ids], clock=timezone.now)


if __name__ == "__main__":
    main()
