"""How staff pages write the session that something belongs to."""

from clinic.showing import link_shown, when

session_shown = link_shown(
    "Session", "treatment", "treatments_treatment", lambda note: f"Session of {when(note.started_at)}"
)
