"""A day's list with nothing around it: a WSGI function, one statement of psycopg, orjson. No sign-in, no framework.

`gunicorn bench.book.rivals.bare`, with `DATABASE_URL`.
"""

import os
import threading
from urllib.parse import parse_qs

import orjson
import psycopg
from psycopg.rows import dict_row

DAY = """
    SELECT visit.id, visit.patient_id AS patient,
           concat_ws(' ', patient.first_name, patient.last_name)
               AS patient_name,
           visit.practitioner_id AS practitioner, practitioner.display_name AS practitioner_name,
           visit.appointment_type_id AS appointment_type, type.name AS appointment_type_name,
           visit.location_id AS location, visit.room_id AS room, room.name AS room_name, visit.device_id AS device,
           visit.case_id AS case, kase.title AS case_title, visit.starts_at, visit.ends_at, visit.status, visit.note,
           visit.cancel_reason, visit.cancel_note, visit.cancel_asked_at, visit.created_at, visit.updated_at
    FROM appointments_appointment AS visit
    JOIN patients_patient AS patient ON patient.id = visit.patient_id
    JOIN clinic_practitioner AS practitioner ON practitioner.id = visit.practitioner_id
    JOIN appointments_appointmenttype AS type ON type.id = visit.appointment_type_id
    JOIN clinic_room AS room ON room.id = visit.room_id
    LEFT JOIN patients_case AS kase ON kase.id = visit.case_id
    WHERE visit.location_id = %s AND visit.starts_at >= %s AND visit.starts_at < %s
    ORDER BY visit.starts_at, visit.id
    LIMIT 200
"""
_mine = threading.local()


def _connection() -> psycopg.Connection:
    if not hasattr(_mine, "connection"):
        _mine.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=dict_row)
        _mine.connection.execute("SET timezone = 'Pacific/Auckland'")
    return _mine.connection


def application(environ, start_response):
    asked = parse_qs(environ["QUERY_STRING"])
    if not asked:  # whoever waits for the server to be there
        start_response("204 No Content", [])
        return [b""]
    wanted = [asked[name][0] for name in ("location", "starts_at__gte", "starts_at__lt")]
    rows = _connection().execute(DAY, wanted).fetchall()
    body = orjson.dumps({"count": len(rows), "next": None, "previous": None, "results": rows})
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
