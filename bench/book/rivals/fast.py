"""A day's list by FastAPI and SQLAlchemy, as their manuals write one: mapped classes, joined loading, a response
model. No sign-in. `uvicorn bench.book.rivals.fast:app`, with `DATABASE_URL`."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship

engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Patient(Base):
    __tablename__ = "patients_patient"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]


class Practitioner(Base):
    __tablename__ = "clinic_practitioner"
    id: Mapped[int] = mapped_column(primary_key=True)
    display_name: Mapped[str]


class AppointmentType(Base):
    __tablename__ = "appointments_appointmenttype"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Room(Base):
    __tablename__ = "clinic_room"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Case(Base):
    __tablename__ = "patients_case"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Appointment(Base):
    __tablename__ = "appointments_appointment"
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients_patient.id"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("clinic_practitioner.id"))
    appointment_type_id: Mapped[int] = mapped_column(ForeignKey("appointments_appointmenttype.id"))
    location_id: Mapped[int]
    room_id: Mapped[int] = mapped_column(ForeignKey("clinic_room.id"))
    device_id: Mapped[int | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("patients_case.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str]
    note: Mapped[str]
    cancel_reason: Mapped[str]
    cancel_note: Mapped[str]
    cancel_asked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    patient: Mapped[Patient] = relationship()
    practitioner: Mapped[Practitioner] = relationship()
    appointment_type: Mapped[AppointmentType] = relationship()
    room: Mapped[Room] = relationship()
    case: Mapped[Case | None] = relationship()


class Visit(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    patient: int
    patient_name: str
    practitioner: int
    practitioner_name: str
    appointment_type: int
    appointment_type_name: str
    location: int
    room: int
    room_name: str
    device: int | None
    case: int | None
    case_title: str | None
    starts_at: datetime
    ends_at: datetime
    status: str
    note: str
    cancel_reason: str
    cancel_note: str
    cancel_asked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Day(BaseModel):
    count: int
    next: str | None
    previous: str | None
    results: list[Visit]


def session() -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


def shown(visit: Appointment) -> Visit:
    return Visit(
        id=visit.id,
        patient=visit.patient_id,
        patient_name=f"{visit.patient.first_name} {visit.patient.last_name}",
        practitioner=visit.practitioner_id,
        practitioner_name=visit.practitioner.display_name,
        appointment_type=visit.appointment_type_id,
        appointment_type_name=visit.appointment_type.name,
        location=visit.location_id,
        room=visit.room_id,
        room_name=visit.room.name,
        device=visit.device_id,
        case=visit.case_id,
        case_title=visit.case.title if visit.case else None,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        status=visit.status,
        note=visit.note,
        cancel_reason=visit.cancel_reason,
        cancel_note=visit.cancel_note,
        cancel_asked_at=visit.cancel_asked_at,
        created_at=visit.created_at,
        updated_at=visit.updated_at,
    )


@app.get("/appointments/")
def appointments(
    opened: Annotated[Session, Depends(session)],
    location: int,
    begins: Annotated[datetime, Query(alias="starts_at__gte")],
    ends: Annotated[datetime, Query(alias="starts_at__lt")],
) -> Day:
    visits = opened.scalars(
        select(Appointment)
        .options(
            *(
                joinedload(part)
                for part in (
                    Appointment.patient,
                    Appointment.practitioner,
                    Appointment.appointment_type,
                    Appointment.room,
                    Appointment.case,
                )
            )
        )
        .where(Appointment.location_id == location, Appointment.starts_at >= begins, Appointment.starts_at < ends)
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(200)
    ).all()
    return Day(count=len(visits), next=None, previous=None, results=[shown(visit) for visit in visits])
