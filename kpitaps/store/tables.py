"""The ledger's tables.

Amounts are BIGINT millionths; instants are BIGINT microseconds since 1970 UTC; days are proleptic ordinals
(1 = 0001-01-01), which compare, index and subtract as integers on every database. The views in `kpitaps.store.views`
show the same rows in readable form.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Constraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _exact(column: str) -> Constraint:
    """Keep SQLite from turning a sum beyond BIGINT into a float; PostgreSQL refuses it by itself."""
    return CheckConstraint(f"typeof({column}) = 'integer'", name=f"exact_{column}").ddl_if(dialect="sqlite")


def _of(table: str) -> Column[int]:
    return Column(f"{table}_id", Integer, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


company = Table(
    "company",
    metadata,
    _id(),
    Column("key", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("week_start", Integer, nullable=False),
    Column("fiscal_year_start", Integer, nullable=False),
)

owner = Table(
    "owner",
    metadata,
    Column("company_id", Integer, ForeignKey("company.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("measure", String(100), primary_key=True, nullable=False),
    Column("tap", String(64), nullable=False),
)

connection = Table(
    "connection",
    metadata,
    _id(),
    _of("company"),
    Column("tap", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("account_id", String(200), nullable=False),
    Column("account_name", String(200), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("settings", Text, nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    # Keys the hashes of record ids and of counted subjects, so that equal ids of two connections cannot be matched.
    Column("salt", LargeBinary(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # With the tap's name, the key of its grant; several connections may share one.
    Column("grant_key", String(200)),
    # When it was disconnected; what had been read by then stays.
    Column("stopped_at", BigInteger),
    UniqueConstraint("company_id", "name"),
    UniqueConstraint("company_id", "tap", "account_id"),
)

repair = Table(
    "repair",
    metadata,
    _id(),
    _of("connection"),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Index("ix_repair_open", "connection_id", "code", "closed_at"),
)

incomplete = Table(
    "incomplete",
    metadata,
    Column("connection_id", Integer, ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("stream", String(64), primary_key=True, nullable=False),
    # Days before this ordinal lack data; all do where it is beyond the last day there is.
    Column("before_day", Integer, nullable=False),
    # JSON list of the measures of which every day lacks data.
    Column("always", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

generation = Table(
    "generation",
    metadata,
    _id(),
    _of("connection"),
    Column("stream", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("feeds", Text, nullable=False),
    # "active" is what figures are made of; "loading" is a later way of reading that is not complete yet.
    Column("state", String(16), nullable=False),
    Column("history_from", BigInteger, nullable=False),
    Column("ahead", BigInteger, nullable=False),
    # For snapshots: how long a level holds after its last reading.
    Column("carries", BigInteger),
    # For totals: how long after its end a day, or a window, may still change.
    Column("settles", BigInteger),
    # When all of it was last read anew, for streams whose source cannot tell of deletions.
    Column("swept_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("connection_id", "stream", "fingerprint"),
)

span = Table(
    "span",
    metadata,
    Column("generation_id", Integer, ForeignKey("generation.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("start_at", BigInteger, primary_key=True, nullable=False),
    Column("end_at", BigInteger, nullable=False),
)

series = Table(
    "series",
    metadata,
    _id(),
    _of("generation"),
    Column("measure", String(100), nullable=False),
    Column("unit", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("labels", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    UniqueConstraint("generation_id", "measure", "labels", "currency"),
)

# Rows of SQLite go where there is room, their random keys into an index: inside a tree of such keys every commit would
# rewrite a page per record.
contribution = Table(
    "contribution",
    metadata,
    Column("generation_id", Integer, ForeignKey("generation.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("record", LargeBinary(16), primary_key=True, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # All that the record adds, packed; see kpitaps.store.packing.
    Column("entries", LargeBinary, nullable=False),
)

measurement = Table(
    "measurement",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("day", Integer, primary_key=True, nullable=False),
    Column("numerator", BigInteger, nullable=False),
    Column("denominator", BigInteger, nullable=False),
    # How often the day was changed after it had ended and been read.
    Column("revision", Integer, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    _exact("numerator"),
    _exact("denominator"),
    sqlite_with_rowid=False,
)

member = Table(
    "member",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("day", Integer, primary_key=True, nullable=False),
    Column("subject", LargeBinary(16), primary_key=True, nullable=False),
    Column("records", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Who is a customer when, per stream; see kpitaps.store.customers.
tenure = Table(
    "tenure",
    metadata,
    Column("generation_id", Integer, ForeignKey("generation.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("subject", LargeBinary(16), primary_key=True, nullable=False),
    Column("day", Integer, primary_key=True, nullable=False),
    # How many more reasons to be a customer begin on the day than are over.
    Column("change", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What a source counts in one window, asked for on a day of the company; see kpitaps.store.windows.
published = Table(
    "published",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("first_day", Integer, primary_key=True, nullable=False),
    Column("last_day", Integer, primary_key=True, nullable=False),
    Column("as_of", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Index("ix_published_series_id_as_of", "series_id", "as_of"),
    sqlite_with_rowid=False,
)

# How often what is kept of a measure was changed: whoever has read it knows without reading whether it is still so.
# Totals per day are counted by some weeks of days; see kpitaps.store.reading.Edition.
edition = Table(
    "edition",
    metadata,
    Column("generation_id", Integer, ForeignKey("generation.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("measure", String(100), primary_key=True, nullable=False),
    Column("part", Integer, primary_key=True, nullable=False),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What sources and checks say against some days of a measure; see kpitaps.store.flags.
flag = Table(
    "flag",
    metadata,
    _id(),
    _of("connection"),
    # Of the stream that said so; a check, which looks at several streams, has none.
    Column("generation_id", Integer, ForeignKey("generation.id", ondelete="CASCADE")),
    # The stream's or the check's name.
    Column("origin", String(64), nullable=False),
    Column("measure", String(100), nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("quality", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Index("ix_flag_connection_id", "connection_id"),
    Index("ix_flag_generation_id_first_day", "generation_id", "first_day"),
)

# How each goal was defined from when on; an empty definition says that it was taken away.
goal_definition = Table(
    "goal_definition",
    metadata,
    Column("company_id", Integer, ForeignKey("company.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("goal", String(64), primary_key=True, nullable=False),
    Column("revision", Integer, primary_key=True, nullable=False),
    Column("since", BigInteger, nullable=False),
    # JSON.
    Column("definition", Text, nullable=False),
)

# How each goal stood at the end of a day, as it was told last; see kpitaps.kpis.goals.
goal_day = Table(
    "goal_day",
    metadata,
    Column("company_id", Integer, ForeignKey("company.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("goal", String(64), primary_key=True, nullable=False),
    Column("day", Integer, primary_key=True, nullable=False),
    # Of which definition.
    Column("revision", Integer, nullable=False),
    # The goal's period that the day lies in.
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("target", BigInteger),
    Column("value", BigInteger),
    Column("expected", BigInteger),
    Column("attainment", BigInteger),
    # What is shown, and since which day.
    Column("status", String(16), nullable=False),
    Column("since_day", Integer, nullable=False),
    # What the day itself says, and since when the days have been saying so; see kpitaps.kpis.goals.steadiness.
    Column("judged", String(16), nullable=False),
    Column("judged_since", Integer, nullable=False),
)

# Digests that were sent, or about to be; see kpitaps.store.digests.
digest_sending = Table(
    "digest_sending",
    metadata,
    Column("company_id", Integer, ForeignKey("company.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("digest", String(64), primary_key=True, nullable=False),
    Column("channel", String(16), primary_key=True, nullable=False),
    # The period that it is about.
    Column("first_day", Integer, primary_key=True, nullable=False),
    Column("last_day", Integer, primary_key=True, nullable=False),
    Column("state", String(16), nullable=False),
    # How often it has failed.
    Column("tries", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    # JSON: the exact value of each KPI that was told.
    Column("told", Text, nullable=False),
)

# What a euro was worth, in millionths of the currency; see kpitaps.store.rates.
rate = Table(
    "rate",
    metadata,
    Column("currency", String(3), primary_key=True, nullable=False),
    Column("day", Integer, primary_key=True, nullable=False),
    Column("per_euro", BigInteger, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# One row: the days between the first and the last one have the rates above, or never had any.
rate_feed = Table(
    "rate_feed",
    metadata,
    _id(),
    Column("first_day", Integer),
    Column("last_day", Integer),
    Column("changes", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    Column("tried_at", BigInteger),
    Column("retry_at", BigInteger),
    # What went wrong the last time.
    Column("message", Text, nullable=False),
)

run = Table(
    "run",
    metadata,
    _id(),
    _of("connection"),
    Column("stream", String(64), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("retry_at", BigInteger),
    Column("records", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("restated", Integer, nullable=False),
    Column("slices", Integer, nullable=False),
    Index("ix_run_latest", "connection_id", "stream", "started_at"),
)

oauth_grant = Table(
    "oauth_grant",
    metadata,
    _id(),
    Column("tap", String(64), nullable=False),
    # Which user consented, for which client.
    Column("key", String(200), nullable=False),
    # Tokens are encrypted. "spare" is a refresh token that came too late to be the next one; see kpitaps.store.grants.
    Column("refresh", LargeBinary),
    Column("access", LargeBinary),
    Column("spare", LargeBinary),
    Column("obtained_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("refused", Integer, nullable=False),
    # "ok", or "broken" until somebody consents anew; since when; and what went wrong last.
    Column("state", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    # How often somebody has consented.
    Column("chain", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    # A renewal that has begun and of which nobody knows how it ended.
    Column("intent_at", BigInteger),
    Column("intent_fence", BigInteger),
    Column("doubts", Integer, nullable=False),
    Column("retry_at", BigInteger, nullable=False),
    Column("calls_day", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    Column("errors", Integer, nullable=False),
    UniqueConstraint("tap", "key"),
)
