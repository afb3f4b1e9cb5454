from treatments.models.addition import Addition
from treatments.models.adverse import AdverseEvent
from treatments.models.confirmation import Confirmation
from treatments.models.cosignature import CoSignature
from treatments.models.examination import Examination
from treatments.models.lots import LotUse, NeedleLot
from treatments.models.outcome import OutcomeRequest, OutcomeScore
from treatments.models.parts import Cupping, Moxibustion, Needling, Side, Technique
from treatments.models.plan import TreatmentPlan
from treatments.models.points import Caution, Channel, EarPoint, Point
from treatments.models.protocol import Protocol
from treatments.models.report import TreatmentReport
from treatments.models.request import RequestAnswer, TreatmentRequest
from treatments.models.treatment import Amendment, Treatment

__all__ = [
    "Addition",
    "AdverseEvent",
    "Amendment",
    "Caution",
    "Channel",
    "CoSignature",
    "Confirmation",
    "Cupping",
    "EarPoint",
    "Examination",
    "LotUse",
    "Moxibustion",
    "NeedleLot",
    "Needling",
    "OutcomeRequest",
    "OutcomeScore",
    "Point",
    "Protocol",
    "RequestAnswer",
    "Side",
    "Technique",
    "Treatment",
    "TreatmentPlan",
    "TreatmentReport",
    "TreatmentRequest",
]
