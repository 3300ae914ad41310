"""Reports: what seats, queues and transfers did, by DuckDB over the store's logs.

- ``figures``  every column: its name, unit, formula and source; ``--explain`` and the glossary show this table
- ``period``   since, until, steps; days and months of a time zone
- ``queries``  a report is one query: who, when, which figures
- ``staffing`` seats needed against seats there (Erlang C and A)
- ``forecast`` the half hours to come, by the same ones of earlier weeks
- ``output``   table, CSV, XLSX, Parquet, JSON
- ``charts``   PNG and SVG
- ``job``      a report in a process of its own: a gateway that carries calls does not count (law 5)
"""

from __future__ import annotations

from gateway.core.values.fault import Fault


class ReportError(Fault):
    """A report that cannot be made. ``what`` says which."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, "", remedy)
