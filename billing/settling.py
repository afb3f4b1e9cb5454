"""Triggers that keep the settling of invoices true, whoever writes: nothing is paid, credited or written off twice.

Each locks the row whose sum it reads before it reads it, so that two who settle the same invoice at one time wait for
each other. NO KEY, because a foreign key's own lock would otherwise let the two wait in a circle. A payment is locked
before its invoice, always. Refusals are raised as `clinic.freezing` raises its own.
"""

import pgtrigger

_OWED = """
    SELECT COALESCE((SELECT SUM(amount_excl + gst) FROM billing_invoiceline WHERE invoice_id = owing), 0)
         - COALESCE((SELECT SUM(part.amount_excl + part.gst) FROM billing_creditline part
                     JOIN billing_creditnote note ON note.id = part.credit_note_id WHERE note.invoice_id = owing), 0)
         - COALESCE((SELECT SUM(amount) FROM billing_allocation WHERE invoice_id = owing), 0)
         - COALESCE((SELECT SUM(amount) FROM billing_writeoff WHERE invoice_id = owing), 0)
    INTO owed;
"""
_AVAILABLE = """
    SELECT amount
         + COALESCE((SELECT SUM(refund.amount) FROM billing_payment refund WHERE refund.refund_of_id = source), 0)
         - COALESCE((SELECT SUM(given.amount) FROM billing_allocation given WHERE given.payment_id = source), 0)
    INTO available FROM billing_payment WHERE id = source;
"""
_ON_OTHER_ACCOUNT = """NOT EXISTS (
    SELECT 1 FROM billing_payment p, billing_invoice i
    WHERE p.id = source AND i.id = owing AND p.payer_id IS NOT DISTINCT FROM i.payer_id
    AND (i.payer_id IS NOT NULL OR p.patient_id = COALESCE(i.billed_to_id, i.patient_id)))"""
_REFUND_OF_ANOTHER = """NOT EXISTS (
    SELECT 1 FROM billing_payment p WHERE p.id = source AND p.amount > 0
    AND p.payer_id IS NOT DISTINCT FROM NEW.payer_id AND p.patient_id IS NOT DISTINCT FROM NEW.patient_id)"""
_LINE_OF_ANOTHER = "NOT EXISTS (SELECT 1 FROM billing_invoiceline WHERE id = NEW.line_id AND invoice_id = owing)"
_MORE_THAN_CHARGED = """EXISTS (
    SELECT 1 FROM billing_invoiceline line LEFT JOIN billing_creditline part ON part.line_id = line.id
    WHERE line.id = NEW.line_id GROUP BY line.id
    HAVING COALESCE(SUM(part.amount_excl), 0) + NEW.amount_excl > line.amount_excl
    OR COALESCE(SUM(part.gst), 0) + NEW.gst > line.gst)"""
_NOT_CREDITED = """EXISTS (
    SELECT 1 FROM billing_invoiceline line JOIN billing_invoice i ON i.id = line.invoice_id
    WHERE line.id = OLD.line_id AND i.status = 'issued' AND (line.amount_excl + line.gst > COALESCE(
        (SELECT SUM(part.amount_excl + part.gst) FROM billing_creditline part WHERE part.line_id = line.id), 0)
        OR NOT EXISTS (SELECT 1 FROM billing_creditline part WHERE part.line_id = line.id)))"""
# A package holds as many of its sessions as are not credited, in proportion to its price.
_SESSIONS_OVERDRAWN = """EXISTS (
    SELECT 1 FROM billing_package package JOIN billing_invoiceline line ON line.id = package.line_id,
    LATERAL (SELECT COUNT(*) + {more_used} AS used FROM billing_packageuse WHERE package_id = package.id) taken,
    LATERAL (SELECT line.amount_excl + line.gst AS charged, COALESCE(SUM(part.amount_excl + part.gst), 0)
        + {more_credited} AS credited FROM billing_creditline part WHERE part.line_id = line.id) money
    WHERE {which} AND (used > package.sessions OR used * charged > package.sessions * (charged - credited)))"""


def _refuse_if(condition: str, code: str, sentence: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{code}: {sentence}' USING ERRCODE = '23000'; END IF;"


_LOCK_PAYMENT = "PERFORM 1 FROM billing_payment WHERE id = source FOR NO KEY UPDATE;"
_LOCK_INVOICE = "PERFORM 1 FROM billing_invoice WHERE id = owing FOR NO KEY UPDATE;" + _refuse_if(
    "NOT EXISTS (SELECT 1 FROM billing_invoice WHERE id = owing AND status = 'issued')",
    "invoice_not_issued",
    "A draft is not settled. Issue it first.",
)
_MORE_THAN_OWED = _refuse_if("NEW.amount > owed", "more_than_owed", "Less than that is still owed on this invoice.")


def _before_insert(*steps: str, **declared: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="settles",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=list(declared.items()) or None,
        func="\n".join([*steps, "RETURN NEW;"]),
    )


def allocates_what_is_there() -> pgtrigger.Trigger:
    """Not more than is left of the payment, not more than is owed, only on the debtor's own invoice. What is taken
    back is a negative row, and never more than was given."""
    return _before_insert(
        "source := NEW.payment_id; owing := NEW.invoice_id;",
        _LOCK_PAYMENT,
        _LOCK_INVOICE,
        _AVAILABLE,
        _OWED,
        _refuse_if(_ON_OTHER_ACCOUNT, "different_debtor", "This payment is on another account than the invoice."),
        _refuse_if("NEW.amount > available", "payment_used_up", "Less than that is left of this payment."),
        _MORE_THAN_OWED,
        "SELECT COALESCE(SUM(amount), 0) INTO given FROM billing_allocation",
        "WHERE payment_id = source AND invoice_id = owing;",
        _refuse_if("given + NEW.amount < 0", "more_than_given", "Less than that was set against this invoice."),
        source="bigint",
        owing="bigint",
        available="numeric",
        owed="numeric",
        given="numeric",
    )


def refunds_what_is_left() -> pgtrigger.Trigger:
    """A refund gives back no more than is left of the payment it refunds, to the same account."""
    return _before_insert(
        "IF NEW.refund_of_id IS NULL THEN RETURN NEW; END IF;",
        "source := NEW.refund_of_id;",
        _LOCK_PAYMENT,
        _AVAILABLE,
        _refuse_if(_REFUND_OF_ANOTHER, "refund_of_another", "A refund goes back to whoever paid."),
        _refuse_if("-NEW.amount > available", "refund_too_large", "Less than that is left of the payment to refund."),
        source="bigint",
        available="numeric",
    )


def writes_off_what_is_owed() -> pgtrigger.Trigger:
    """Not more than is owed; what is taken back is a negative row, and never more than was written off."""
    return _before_insert(
        "owing := NEW.invoice_id;",
        _LOCK_INVOICE,
        _OWED,
        _MORE_THAN_OWED,
        "SELECT COALESCE(SUM(amount), 0) INTO given FROM billing_writeoff WHERE invoice_id = owing;",
        _refuse_if("given + NEW.amount < 0", "more_than_given", "Less than that was written off."),
        owing="bigint",
        owed="numeric",
        given="numeric",
    )


def credits_what_was_charged() -> pgtrigger.Trigger:
    """Not more than the line charged, and nothing that is settled already: money set against it is freed first."""
    return _before_insert(
        "SELECT invoice_id INTO owing FROM billing_creditnote WHERE id = NEW.credit_note_id;",
        _LOCK_INVOICE,
        _OWED,
        _refuse_if(_LINE_OF_ANOTHER, "line_of_another_invoice", "This line is on another invoice."),
        _refuse_if(_MORE_THAN_CHARGED, "more_than_charged", "That is more than this line charged."),
        "PERFORM 1 FROM billing_package WHERE line_id = NEW.line_id FOR NO KEY UPDATE;",
        _refuse_if(
            _SESSIONS_OVERDRAWN.format(
                which="package.line_id = NEW.line_id", more_used="0", more_credited="NEW.amount_excl + NEW.gst"
            ),
            "sessions_used",
            "Sessions of this package were used. Credit no more than those that are left.",
        ),
        _refuse_if(
            "NEW.amount_excl + NEW.gst > owed",
            "already_settled",
            "This is paid already. Free the money that is set against it first.",
        ),
        owing="bigint",
        owed="numeric",
    )


def uses_what_is_left() -> pgtrigger.Trigger:
    """No more sessions of a package than it holds, whoever drafts at the same time."""
    return _before_insert(
        "PERFORM 1 FROM billing_package WHERE id = NEW.package_id FOR NO KEY UPDATE;",
        _refuse_if(
            _SESSIONS_OVERDRAWN.format(which="package.id = NEW.package_id", more_used="1", more_credited="0"),
            "package_used_up",
            "No session of this package is left.",
        ),
    )


def released_by_credit(*, code: str, sentence: str) -> pgtrigger.Trigger:
    """A billed part of an issued invoice stays as it is until its line is credited in full."""
    return pgtrigger.Trigger(
        name="released_by_credit",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="\n".join(
            [
                _refuse_if(_NOT_CREDITED, code, sentence),
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;",
                "RETURN NEW;",
            ]
        ),
    )
