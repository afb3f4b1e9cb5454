"""The database made ready for the clinic: one process for what would be three commands with a start of their own."""

import os
import sys

import django
from django.core.management import CommandError, call_command, get_commands

STEPS = {
    "migrate": {"interactive": False, "verbosity": 0},
    "load_reference_data": {},
    "seed_demo": {},  # where a practice exists it changes nothing but the passwords of the demo's users
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for step in [step for step in STEPS if step in get_commands()]:
        print(f"manage.py {step}", flush=True)
        try:
            call_command(step, **STEPS[step])
        except CommandError as refusal:
            sys.exit(f"manage.py {step}: {refusal}")


if __name__ == "__main__":
    main()
