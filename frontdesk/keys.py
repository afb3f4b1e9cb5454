"""Keys of rows, as an address or a form names them. Pure."""

# A key is at most 2**63 - 1.
MOST_DIGITS = 18


def key_in(text: str) -> int:
    """0, which no row has, where the text is no key."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
