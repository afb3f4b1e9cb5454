"""The door that gunicorn opens."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
_ = get_resolver().reverse_dict  # every view, before the workers part: none of them is slow for its first answer

# All that was loaded by now stays: the collector need not go through it again and again while somebody waits.
gc.collect()
gc.freeze()
