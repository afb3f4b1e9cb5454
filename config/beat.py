"""The clock of the periodic tasks."""

from datetime import timedelta
from pathlib import Path

import celery.beat
from django.conf import settings


class Beat(celery.beat.Scheduler):
    """Keeps its schedule in memory: nothing here waits longer than an hour, and a file could be torn by a crash.

    After each task that the queue has accepted it touches `BEAT_TRACE`. The heartbeat is sent every ten seconds, so a
    trace older than a minute means that beat hangs or does not reach the queue.
    """

    def __init__(self, *args, **kwargs) -> None:
        self.trace = Path(settings.BEAT_TRACE)
        self.trace.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """As if each task had last run a minute ago: nobody waits out a first interval after a start."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at -= timedelta(minutes=1)

    def apply_async(self, *args, **kwargs):
        sent = super().apply_async(*args, **kwargs)
        self.trace.touch()
        return sent
