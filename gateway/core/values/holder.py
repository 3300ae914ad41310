"""The gateway that has a switchboard or a store for itself, as it names itself there: for a second one that is refused."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """``place`` is the run folder and a random id in it: the same gateway begun anew has the same. ``host`` is for people. ``since`` and ``at`` are instants (s since 1970), the second of the last sign of life, by the clock of whoever keeps it."""

    place: str
    name: str
    host: str
    pid: int
    api: str
    since: float
    at: float = 0.0

    def __str__(self) -> str:
        """One line for people in any language."""
        return f"{self.name} @ {self.host}, pid {self.pid}, {self.api}, {self.place}"

    def written(self) -> str:
        """One line of plain ASCII, without a sign that AMI, the dialplan or a file would read as more."""
        fields = (VERSION, self.place, self.name, self.host, self.pid, self.api, f"{self.since:.3f}", f"{self.at:.3f}")
        return "&".join(quote(str(field), safe="") for field in fields)

    @classmethod
    def read(cls, text: str) -> Holder | None:
        """The holder of such a line; None where it is none."""
        fields = [unquote(part) for part in text.strip().split("&")]
        try:
            version, place, name, host, pid, api, since, at = fields
            if version == VERSION:
                return cls(place=place, name=name, host=host, pid=int(pid), api=api, since=float(since), at=float(at))
        except ValueError:
            pass  # another version's, or cut off
        return None
