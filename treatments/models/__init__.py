from treatments.models.points import Caution, Channel, Point
from treatments.models.treatment import (
    Amendment,
    Cupping,
    Moxibustion,
    Needling,
    Side,
    Technique,
    Treatment,
)

__all__ = [
    "Amendment",
    "Caution",
    "Channel",
    "Cupping",
    "Moxibustion",
    "Needling",
    "Point",
    "Side",
    "Technique",
    "Treatment",
]
