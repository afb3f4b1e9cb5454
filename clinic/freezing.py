"""Triggers that keep what is signed or issued as it was, whoever asks: API, admin, ORM or raw SQL.

Each raises SQLSTATE 23000 with `code: sentence`, which `clinic.errors.refusal_for` turns into a 409.
"""

import pgtrigger


def _refuse(code: str, sentence: str) -> str:
    return f"RAISE EXCEPTION '{code}: {sentence}' USING ERRCODE = '23000';"


def freezes_itself(*, when: str, code: str, sentence: str) -> pgtrigger.Trigger:
    """Neither update nor delete once the row's status is `when`."""
    return pgtrigger.Trigger(
        name="frozen",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF OLD.status = '{when}' THEN {_refuse(code, sentence)} END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


def freezes_with(*, parent: str, column: str, when: str, code: str, sentence: str) -> pgtrigger.Trigger:
    """No insert, update or delete of a part once the status of its row in table `parent` is `when`.

    FOR SHARE waits for a signature that is being written at this moment, and then sees it.
    """
    owners = f"(COALESCE(NEW.{column}, OLD.{column}), COALESCE(OLD.{column}, NEW.{column}))"
    return pgtrigger.Trigger(
        name="frozen",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            PERFORM 1 FROM {parent} WHERE id IN {owners} FOR SHARE;
            IF EXISTS (SELECT 1 FROM {parent} WHERE id IN {owners} AND status = '{when}')
            THEN {_refuse(code, sentence)} END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


def only_added_to(*, code: str, sentence: str) -> pgtrigger.Trigger:
    """Rows that are written once and stay."""
    return pgtrigger.Trigger(
        name="append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=_refuse(code, sentence),
    )


def never_deleted(*, code: str, sentence: str) -> pgtrigger.Trigger:
    """Rows that may be corrected, with their history, and stay."""
    return pgtrigger.Trigger(
        name="never_deleted", when=pgtrigger.Before, operation=pgtrigger.Delete, func=_refuse(code, sentence)
    )


def keeps(*columns: str, once: tuple[str, ...], code: str, sentence: str) -> pgtrigger.Trigger:
    """Rows that stay and keep these columns as they were written. The columns of `once` are filled together, at one
    time, and kept from then on; the first of them is NULL before."""

    def changed(names: tuple[str, ...]) -> str:
        return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in names)

    return pgtrigger.Trigger(
        name="keeps",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' THEN {_refuse(code, sentence)} END IF;
            IF {changed(columns)} OR (OLD.{once[0]} IS NOT NULL AND ({changed(once)}))
            THEN {_refuse(code, sentence)} END IF;
            RETURN NEW;
        """,
    )
