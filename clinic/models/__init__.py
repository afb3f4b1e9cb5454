from clinic.models.access import AccessEvent
from clinic.models.documents import Document, DocumentBatch, DocumentBatchItem
from clinic.models.people import Practitioner, Role, User
from clinic.models.practice import Device, Location, Practice, Room
from clinic.models.requests import AnsweredRequest

__all__ = [
    "AccessEvent",
    "AnsweredRequest",
    "Device",
    "Document",
    "DocumentBatch",
    "DocumentBatchItem",
    "Location",
    "Practice",
    "Practitioner",
    "Role",
    "Room",
    "User",
]
