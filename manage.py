#!/usr/bin/env python3
import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

# While `make run` runs, its addresses and secrets are here, so that a command in another shell finds the same clinic.
RUNNING = Path(__file__).resolve().parent / "var" / "run" / "clinic.env"

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if RUNNING.exists() and not {"DATABASE_URL", "DATABASE_URL_FILE"} & os.environ.keys():
        for line in RUNNING.read_text().splitlines():
            os.environ.setdefault(*line.split("=", 1))
    execute_from_command_line(sys.argv)
