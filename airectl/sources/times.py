"""The times of a log: how they are written, and the SQL that reads them."""

from __future__ import annotations

from typing import Final

from airectl.sources.database import identifier, literal
from airectl.sources.logs import SAMPLE, Log, table, unreadable
from airectl.sources.watch import Watch

UNREADABLE: Final = "unreadable"
LOCAL: Final = "text without a zone"


def forms(log: Log, timestamp: str, watch: Watch) -> dict[str, int]:
    """In which forms the first rows write their time, and how many each; empty where there is no row.

    Raises UnreadableError, and what a watch raises.
    """
    import duckdb

    form = _form(log, timestamp)
    first = f"SELECT {form} AS form FROM (FROM {table(log, timestamp)} LIMIT {SAMPLE})"  # noqa: S608  # names are quoted
    try:
        rows = watch.fetch(f"SELECT form, count(*) FROM ({first}) GROUP BY form ORDER BY form")  # noqa: S608  # names are quoted
    except duckdb.Error as error:
        raise unreadable(error, log.files) from None
    return {str(form): int(count) for form, count in rows}


def _form(log: Log, timestamp: str) -> str:
    if timestamp not in log.columns:
        return literal(UNREADABLE)
    column, type_ = identifier(timestamp), log.columns[timestamp].upper()
    number = f"try_cast({column} AS DOUBLE)"
    size = (
        f"CASE WHEN {number} >= 1e20 OR {number} < 0 THEN {literal(UNREADABLE)} "
        f"WHEN {number} >= 1e17 THEN 'epoch nanoseconds' WHEN {number} >= 1e14 THEN 'epoch microseconds' "
        f"WHEN {number} >= 1e11 THEN 'epoch milliseconds' ELSE 'epoch seconds' END"
    )
    if log.format == "parquet" and type_ != "VARCHAR":
        return "'timestamps'" if type_.startswith(("TIMESTAMP", "DATE")) else size
    zoned = f"regexp_matches({column}, ':.*([A-Za-z]|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$')"
    text = f"CASE WHEN {zoned} THEN 'text with a zone' ELSE {literal(LOCAL)} END"
    return (
        f"CASE WHEN {number} IS NOT NULL THEN {size} WHEN try_cast({column} AS TIMESTAMPTZ) IS NULL "
        f"THEN {literal(UNREADABLE)} ELSE {text} END"
    )


def seconds(log: Log, timestamp: str) -> str:
    """SQL for the time of a row in epoch seconds; NULL where it cannot be read.

    RFC 3339 text, where a time without a zone is UTC; a number of seconds, or of milli-, micro- or
    nanoseconds, told by its size (seconds reach 10¹¹ in the year 5138); a timestamp.
    """
    column, type_ = identifier(timestamp), log.columns[timestamp].upper()
    if log.format != "parquet" or type_ == "VARCHAR":
        number = _scaled(f"try_cast({column} AS DOUBLE)")
        return f"coalesce(epoch(try_cast({column} AS TIMESTAMPTZ)), {number})"
    if type_.startswith(("TIMESTAMP", "DATE")):
        # No cast: to TIMESTAMPTZ it takes four times as long as all the rest.
        return f"epoch({column})"
    return _scaled(f"try_cast({column} AS DOUBLE)")


def _scaled(number: str) -> str:
    return (
        f"CASE WHEN {number} >= 1e17 THEN {number} / 1e9 WHEN {number} >= 1e14 THEN {number} / 1e6 "
        f"WHEN {number} >= 1e11 THEN {number} / 1e3 ELSE {number} END"
    )
