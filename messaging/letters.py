"""From a planned message to the letter that leaves: who it goes to and what it says, as of now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from messaging import wording
from messaging.enclosing import enclosed_by
from messaging.gateways import Letter
from messaging.models import Channel, Message, MessageTemplate
from messaging.planning import address_of

# What the ledger keeps in the place of a secret.
HIDDEN = dict.fromkeys(wording.SECRETS, "······")


def letters_for(messages: Sequence[Message]) -> dict[int, Letter]:
    """The letters by message id. A message without a text of its occasion and channel, or without the file that it
    encloses, has none.

    Texts are filled when they leave, so that a changed template, name or address counts.
    """
    templates = {(template.occasion, template.channel): template for template in MessageTemplate.objects.all()}
    values = words_for(messages)
    enclosed = enclosed_by(messages)
    return {
        message.pk: replace(
            _letter(message, templates[message.occasion, message.channel], values[message.pk]),
            enclosures=enclosed[message.pk],
        )
        for message in messages
        if (message.occasion, message.channel) in templates
        and message.pk in values
        and enclosed[message.pk] is not None
    }


def words_for(messages: Iterable[Message]) -> dict[int, Mapping[str, str]]:
    """What fills the places of each message, asked of the floor that its subject belongs to."""
    by_kind: dict[str, list[Message]] = {}
    for message in messages:
        by_kind.setdefault(message.subject_kind, []).append(message)
    values: dict[int, Any] = {}
    for kind, rows in by_kind.items():
        values |= import_string(settings.MESSAGE_WORDS[kind])(rows)
    return values


def _letter(message: Message, template: MessageTemplate, values: Mapping[str, str]) -> Letter:
    html = ""
    if message.channel == Channel.EMAIL:
        html = render_to_string(
            "messaging/letter.html",
            {
                "blocks": _blocks(template.body, values),
                "link": values.get("link"),
                "link_words": values.get("link_words"),
                "practice": values["practice"],
            },
        )
    return Letter(
        key=f"message-{message.pk}",
        recipient=message.address or address_of(message.person, message.channel),
        subject=wording.filled_line(template.subject, values),
        text=wording.filled(template.body, values).strip() + "\n",
        html=html,
        kept_text=wording.filled(template.body, values | HIDDEN).strip() + "\n",
    )


def _blocks(body: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """The body as paragraphs of lines. The one with the link becomes the button and keeps its other words."""
    blocks = []
    is_first_link = True
    for paragraph in body.replace("\r\n", "\n").strip().split("\n\n"):
        has_button = "{link}" in paragraph and is_first_link
        is_first_link = is_first_link and not has_button
        without_link = values | {"link": ""} if has_button else values
        lines = [wording.filled(line, without_link).strip() for line in paragraph.split("\n")]
        blocks.append({"lines": [line for line in lines if line], "has_button": has_button})
    return blocks
