"""Why a time cannot be had, in words for the desk: by the codes of `availability.search`. Pure."""

WORDS = {
    "closed": "The visit would not end within the hours.",
    "on_break": "The practitioner is on a break.",
    "certificate_expired": "The practising certificate has run out by then.",
    "practitioner_away": "The practitioner is away.",
    "practitioner_busy": "The practitioner is with somebody else.",
    "type_not_offered": "The practitioner does not offer this kind of visit.",
    "patient_too_young": "The patient is too young for this kind of visit.",
    "patient_too_old": "The patient is too old for this kind of visit.",
    "no_room": "No room that suits is free.",
    "device_in_use": "The device is in use.",
    "patient_busy": "The patient has another appointment then.",
}
