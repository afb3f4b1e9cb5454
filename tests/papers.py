"""Reading papers back: what a person, a copy-and-paste and a second process get out of the bytes."""

import os
import subprocess
import sys
import unicodedata
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader
from pypdf.generic import NameObject

from clinic.pdf import Letterhead

LETTERHEAD = Letterhead(
    practice="Te Rito Acupuncture",
    address=("12 Kōwhai Street", "Mount Eden, Auckland 1024"),
    gst_number="123-456-789",
    phone="09 555 0123",
)

HOSTILE = {
    "markup": "<b>bold</b> <font color=red size=99>big</font> <para>",
    "link": '<a href="https://evil.example">click</a> <link href="file:///etc/hosts">x</link>',
    "image": '<img src="file:///etc/hosts" width="1" height="1"/> <onDraw name="x"/>',
    "unclosed": "</para></font><b><i>&nbsp;&#0;&bogus; a < b && c > d",
    "template": "{{ 7 * 7 }} {% debug %} ${7*7} #{7*7} %s %(x)s {0}",
    "formula": '=HYPERLINK("https://evil.example","x") @SUM(A1) +1 -1',
    "sql": "'; DROP TABLE patients; --",
    "pdf": ") Tj ET endstream endobj << /JS (app.alert(1)) /S /JavaScript >> \\) ( %%EOF",
    "svg": "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "controls": "a\x00b\x07c\x1bd\x7fe\x85f",
    "surrogates": "a\ud800b\udfffc",
    "turned": "invoice\u202efdp.exe\u202c \u2066x\u2069 \u200fy",
    "invisible": "pay\u200bload \ufeffbom \u00adsoft \u2060word",
    "beyond": "𝒳 😀 \U000e0041 \U0010ffff \ue000 \uffff",
    "separators": "one\u2028two\u2029three\x0bfour\x0cfive",
}


def texts(document: bytes) -> list[str]:
    """The text of each page, white space evened out, so that a wrapped line reads as one."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(document)).pages]


def text(document: bytes) -> str:
    return " ".join(texts(document))


def solid(value: str) -> str:
    """Without any white space: what is left of a text however its lines were broken."""
    return "".join(value.split())


def fonts(document: bytes) -> dict[str, bool]:
    """Each font's name, and whether its outlines are in the file."""
    found = {}
    for page in PdfReader(BytesIO(document)).pages:
        for font in page["/Resources"]["/Font"].values():
            found[font["/BaseFont"].split("+")[-1]] = "/FontFile2" in font.get_object().get("/FontDescriptor", {})
    return found


def dangerous(document: bytes) -> set[str]:
    """Keys that make a reader act: open, link, run, embed."""
    reader = PdfReader(BytesIO(document))
    acting = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/Launch", "/URI", "/Annots", "/EmbeddedFiles", "/XObject"}
    found: set[str] = set()

    def walk(entry) -> None:
        if isinstance(entry, dict):
            found.update(acting & set(entry))
            for value in entry.values():
                walk(value)
        elif isinstance(entry, list):
            for value in entry:
                walk(value)
        elif isinstance(entry, NameObject):
            found.update(acting & {str(entry)})

    for number in range(1, max(reader.xref[0]) + 1):
        walk(reader.get_object(number))
    return found


def invisible(value: str) -> set[str]:
    """Characters that steer or hide: controls, formats, halves of pairs, private and unassigned ones."""
    return {char for char in value if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"}}


def elsewhere(expression: str, *, module: str, days: int, zone: str, seed: str) -> bytes:
    """The bytes `expression` gives in another process, with another clock, zone, locale, hash seed and folder."""
    program = (
        "import sys, time\n"
        f"shift = {days} * 86400\n"
        "now, local, utc = time.time, time.localtime, time.gmtime\n"
        "time.time = lambda: now() + shift\n"
        "time.localtime = lambda at=None: local(time.time() if at is None else at)\n"
        "time.gmtime = lambda at=None: utc(time.time() if at is None else at)\n"
        f"import {module} as subject\n"
        f"sys.stdout.buffer.write(subject.{expression})\n"
    )
    root = str(Path(__file__).resolve().parent.parent)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": root,
        "TZ": zone,
        "LC_ALL": "C",
        "PYTHONHASHSEED": seed,
        "PYTHONUTF8": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd="/", capture_output=True, check=True, timeout=60
    )
    return done.stdout


def same_everywhere(expression: str, *, module: str) -> set[bytes]:
    """One element if two processes, years and zones apart, draw the same."""
    return {
        elsewhere(expression, module=module, days=0, zone="Pacific/Auckland", seed="1"),
        elsewhere(expression, module=module, days=800, zone="America/New_York", seed="2"),
    }
