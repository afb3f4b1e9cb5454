"""Calendar files as somebody else's program reads them, without the package that wrote them: RFC 5545 by hand."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_PROPERTY = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=(?:\"[^\"]*\"|[^\";:]*))*):(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\;,nN])")


@dataclass
class Component:
    name: str
    values: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The text of a property as it was before it was escaped."""
        return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], self.values[name])

    def all(self, name: str) -> list["Component"]:
        return [part for part in self.parts if part.name == name]


def lines_of(content: bytes) -> list[str]:
    """The content lines. Every line ends in CRLF, holds no other break and at most 75 octets, and is whole UTF-8."""
    assert content.endswith(b"\r\n")
    raw = content.removesuffix(b"\r\n").split(b"\r\n")
    assert [line for line in raw if b"\r" in line or b"\n" in line or len(line) > 75] == []
    for line in raw:
        line.decode()
    return b"\r\n".join(raw).replace(b"\r\n ", b"").decode().split("\r\n")


def read(content: bytes) -> Component:
    """The VCALENDAR. Every line is a property once, or begins or ends a component in its turn."""
    root = Component("")
    stack = [root]
    for line in lines_of(content):
        name, parameters, value = _PROPERTY.fullmatch(line).groups()
        if name == "BEGIN":
            stack.append(Component(value))
            stack[-2].parts.append(stack[-1])
        elif name == "END":
            assert stack.pop().name == value
        else:
            assert name not in stack[-1].values, line
            stack[-1].values[name], stack[-1].parameters[name] = value, parameters
    [calendar] = root.parts
    assert (calendar.name, stack) == ("VCALENDAR", [root])
    return calendar


def entries(content: bytes) -> list[Component]:
    return read(content).all("VEVENT")


def moment(calendar: Component, event: Component, name: str) -> datetime:
    """The instant of DTSTART or DTEND, by what the file itself says of its zone."""
    value = event.values[name]
    if value.endswith("Z"):
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    wall = datetime.strptime(value, "%Y%m%dT%H%M%S")
    tzid = event.parameters[name].removeprefix(";TZID=")
    [zone] = [part for part in calendar.all("VTIMEZONE") if part["TZID"] == tzid]
    # The wall's time of an onset is that before it; a time that comes twice is the first of the two.
    onsets = []
    for part in zone.parts:
        before, after = _offset(part.values["TZOFFSETFROM"]), _offset(part.values["TZOFFSETTO"])
        begins = datetime.strptime(part.values["DTSTART"], "%Y%m%dT%H%M%S") - before
        onsets.append((begins, after))
    held = [after for begins, after in onsets if wall - after >= begins]
    candidates = {wall - offset for offset in set(held)}
    right = [at for at in candidates if at + max((b, o) for b, o in onsets if b <= at)[1] == wall]
    return min(right).replace(tzinfo=UTC)


def _offset(text: str) -> timedelta:
    return (1 if text[0] == "+" else -1) * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
