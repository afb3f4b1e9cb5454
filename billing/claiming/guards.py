"""Triggers that keep claims true, whoever writes. They raise as `clinic.freezing` does: `code: sentence`."""

import pgtrigger

# What a submitted claim says; what becomes of it is in the other columns.
_SAID = (
    "payer_id",
    "number",
    "channel",
    "submitted_at",
    "submitted_on",
    "submitted_by_id",
    "particulars",
    "content_hash",
    "created_by_id",
)
_SAID_OF_LINE = ("claim_id", "invoice_line_id", "position", "claimed", "resubmission_of_id")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


def _refuse_if(condition: str, code: str, sentence: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{code}: {sentence}' USING ERRCODE = '23000'; END IF;"


_SUBMITTED = ("claim_submitted", "This claim is submitted. What it says stays as it was sent.")


def claim_stays() -> pgtrigger.Trigger:
    """Only drafts are thrown away, and nothing of what was submitted changes afterwards."""
    return pgtrigger.Trigger(
        name="claim_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="\n".join(
            [
                "IF OLD.status = 'draft' THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF;",
                _refuse_if("TG_OP = 'DELETE'", *_SUBMITTED),
                _refuse_if(f"NEW.status = 'draft' OR {_changed(_SAID)}", *_SUBMITTED),
                "RETURN NEW;",
            ]
        ),
    )


def line_fits_its_claim() -> pgtrigger.Trigger:
    """Lines join drafts only, are the payer's own, and are no more than the payer takes in one claim.

    The claim is locked before its lines are counted, so that two who add the last one at a time wait for each other.
    """
    return pgtrigger.Trigger(
        name="line_fits_its_claim",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("claim_status", "text"), ("paying", "bigint"), ("most", "integer")],
        func="\n".join(
            [
                "SELECT c.status, c.payer_id INTO claim_status, paying FROM billing_claim c",
                "WHERE c.id = NEW.claim_id FOR NO KEY UPDATE;",
                "SELECT p.max_claim_lines INTO most FROM patients_payer p WHERE p.id = paying;",
                _refuse_if("claim_status IS DISTINCT FROM 'draft'", *_SUBMITTED),
                _refuse_if(
                    "NOT EXISTS (SELECT 1 FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id"
                    " WHERE l.id = NEW.invoice_line_id AND l.share = 'payer' AND i.payer_id = paying)",
                    "line_of_another_payer",
                    "This line is not for the payer of this claim.",
                ),
                _refuse_if(
                    "(SELECT COUNT(*) FROM billing_claimline WHERE claim_id = NEW.claim_id) >= most",
                    "claim_full",
                    "This payer takes no more lines in one claim. Begin another one.",
                ),
                "RETURN NEW;",
            ]
        ),
    )


def line_stays() -> pgtrigger.Trigger:
    """A line leaves a draft only; once submitted it keeps what was claimed, and its state moves on."""
    return pgtrigger.Trigger(
        name="line_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="\n".join(
            [
                "IF OLD.state = 'selected' THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF;",
                _refuse_if("TG_OP = 'DELETE'", *_SUBMITTED),
                _refuse_if(f"NEW.state = 'selected' OR {_changed(_SAID_OF_LINE)}", *_SUBMITTED),
                "RETURN NEW;",
            ]
        ),
    )
