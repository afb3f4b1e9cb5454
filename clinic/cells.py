"""Text in the cells of files that spreadsheets open."""

# Beyond these the program that opens a file of values would calculate instead of show.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(text: str) -> str:
    """With an apostrophe before what would be taken for a formula, also behind blanks; without NUL."""
    clean = text.replace("\x00", "")
    starts = clean.lstrip().startswith(_STARTS_A_FORMULA) or clean.startswith(_STARTS_A_FORMULA)
    return f"'{clean}" if starts else clean
