"""Limits of the doors that anybody may knock at."""

import logging

from redis.exceptions import RedisError
from rest_framework.throttling import ScopedRateThrottle

logger = logging.getLogger(__name__)


class PublicThrottle(ScopedRateThrottle):
    """So many requests a minute from one address, by the scope of the view.

    Counted in Redis. While that is away everybody is let in: a patient's link is worth more than the count, and what
    must not be had without end, such as held times and codes, is limited in the database as well.
    """

    def allow_request(self, request, view) -> bool:
        try:
            return super().allow_request(request, view)
        except (RedisError, ConnectionError, TimeoutError) as error:
            logger.warning("Requests are not counted: the cache is away (%s)", type(error).__name__)
            return True
