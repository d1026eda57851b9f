"""The first schema: companies, connections, generations, contributions, measurements, spans, the run log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MEASUREMENTS = """
CREATE VIEW measurements AS
SELECT company.key AS company, connection.name AS connection, connection.tap AS tap, generation.stream AS stream,
       series.measure AS measure, {day} AS day, {amount} AS amount, {of} AS "of", series.unit AS unit,
       series.kind AS kind, series.currency AS currency, series.labels AS labels,
       measurement.revision AS revision, {observed} AS observed_at
FROM measurement
JOIN series ON series.id = measurement.series_id
JOIN generation ON generation.id = series.generation_id AND generation.state = 'active'
JOIN connection ON connection.id = generation.connection_id
JOIN company ON company.id = connection.company_id
WHERE measurement.numerator <> 0 OR measurement.denominator <> 0
"""

RUNS = """
CREATE VIEW runs AS
SELECT company.key AS company, connection.name AS connection, connection.tap AS tap, run.stream AS stream,
       {started} AS started_at, {ended} AS ended_at, run.outcome AS outcome, run.message AS message,
       run.records AS records, run.changed AS changed, run.restated AS restated, run.slices AS slices
FROM run
JOIN connection ON connection.id = run.connection_id
JOIN company ON company.id = connection.company_id
"""


def _sqlite_time(column: str) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column} / 1000000, 'unixepoch')"


def _postgres_time(column: str) -> str:
    return f"to_timestamp({column} / 1000000.0)"


VIEWS = {
    "sqlite": (
        MEASUREMENTS.format(
            # Ordinal 1 is 0001-01-01; Julian day numbers start at noon, hence the half.
            day="date(measurement.day + 1721424.5)",
            amount="measurement.numerator / 1000000.0",
            of="measurement.denominator / 1000000.0",
            observed=_sqlite_time("measurement.observed_at"),
        ),
        RUNS.format(started=_sqlite_time("run.started_at"), ended=_sqlite_time("run.ended_at")),
    ),
    "postgresql": (
        MEASUREMENTS.format(
            day="(DATE '0001-01-01' + (measurement.day - 1))",
            amount="measurement.numerator::numeric / 1000000",
            of="measurement.denominator::numeric / 1000000",
            observed=_postgres_time("measurement.observed_at"),
        ),
        RUNS.format(started=_postgres_time("run.started_at"), ended=_postgres_time("run.ended_at")),
    ),
}


def _exact(*columns: str) -> list[sa.CheckConstraint]:
    if op.get_bind().dialect.name != "sqlite":
        return []
    names = {column: op.f(f"ck_measurement_exact_{column}") for column in columns}
    return [sa.CheckConstraint(f"typeof({column}) = 'integer'", name=name) for column, name in names.items()]


def upgrade() -> None:
    op.create_table('company',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('time_zone', sa.String(length=64), nullable=False),
        sa.Column('week_start', sa.Integer(), nullable=False),
        sa.Column('fiscal_year_start', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_company')),
        sa.UniqueConstraint('key', name=op.f('uq_company_key'))
    )
    op.create_table('connection',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('tap', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('account_id', sa.String(length=200), nullable=False),
        sa.Column('account_name', sa.String(length=200), nullable=False),
        sa.Column('time_zone', sa.String(length=64), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('settings', sa.Text(), nullable=False),
        sa.Column('secrets', sa.LargeBinary(), nullable=False),
        sa.Column('salt', sa.LargeBinary(length=16), nullable=False),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_connection_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_connection')),
        sa.UniqueConstraint('company_id', 'name', name=op.f('uq_connection_company_id_name')),
        sa.UniqueConstraint('company_id', 'tap', 'account_id', name=op.f('uq_connection_company_id_tap_account_id'))
    )
    op.create_table('generation',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('connection_id', sa.Integer(), nullable=False),
        sa.Column('stream', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('time_zone', sa.String(length=64), nullable=False),
        sa.Column('feeds', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('history_from', sa.BigInteger(), nullable=False),
        sa.Column('ahead', sa.BigInteger(), nullable=False),
        sa.Column('swept_at', sa.BigInteger(), nullable=True),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_generation_connection_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_generation')),
        sa.UniqueConstraint('connection_id', 'stream', 'fingerprint', name=op.f('uq_generation_connection_id_stream_fingerprint'))
    )
    op.create_table('incomplete',
        sa.Column('connection_id', sa.Integer(), nullable=False),
        sa.Column('stream', sa.String(length=64), nullable=False),
        sa.Column('before_day', sa.Integer(), nullable=False),
        sa.Column('always', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_incomplete_connection_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('connection_id', 'stream', name=op.f('pk_incomplete'))
    )
    op.create_table('repair',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('connection_id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=64), nullable=False),
        sa.Column('message', sa.Text(), nullable=False),
        sa.Column('fix', sa.Text(), nullable=False),
        sa.Column('opened_at', sa.BigInteger(), nullable=False),
        sa.Column('closed_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_repair_connection_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_repair'))
    )
    op.create_index('ix_repair_open', 'repair', ['connection_id', 'code', 'closed_at'], unique=False)
    op.create_table('run',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('connection_id', sa.Integer(), nullable=False),
        sa.Column('stream', sa.String(length=64), nullable=False),
        sa.Column('started_at', sa.BigInteger(), nullable=False),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.Column('outcome', sa.String(length=32), nullable=False),
        sa.Column('message', sa.Text(), nullable=False),
        sa.Column('retry_at', sa.BigInteger(), nullable=True),
        sa.Column('records', sa.Integer(), nullable=False),
        sa.Column('changed', sa.Integer(), nullable=False),
        sa.Column('restated', sa.Integer(), nullable=False),
        sa.Column('slices', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_run_connection_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_run'))
    )
    op.create_index('ix_run_latest', 'run', ['connection_id', 'stream', 'started_at'], unique=False)
    op.create_table('contribution',
        sa.Column('generation_id', sa.Integer(), nullable=False),
        sa.Column('record', sa.LargeBinary(length=16), nullable=False),
        sa.Column('updated_at', sa.BigInteger(), nullable=False),
        sa.Column('entries', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['generation_id'], ['generation.id'], name=op.f('fk_contribution_generation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('generation_id', 'record', name=op.f('pk_contribution'))
    )
    op.create_table('series',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('generation_id', sa.Integer(), nullable=False),
        sa.Column('measure', sa.String(length=100), nullable=False),
        sa.Column('unit', sa.String(length=16), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('labels', sa.Text(), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(['generation_id'], ['generation.id'], name=op.f('fk_series_generation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_series')),
        sa.UniqueConstraint('generation_id', 'measure', 'labels', 'currency', name=op.f('uq_series_generation_id_measure_labels_currency'))
    )
    op.create_table('span',
        sa.Column('generation_id', sa.Integer(), nullable=False),
        sa.Column('start_at', sa.BigInteger(), nullable=False),
        sa.Column('end_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['generation_id'], ['generation.id'], name=op.f('fk_span_generation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('generation_id', 'start_at', name=op.f('pk_span'))
    )
    op.create_table('measurement',
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('numerator', sa.BigInteger(), nullable=False),
        sa.Column('denominator', sa.BigInteger(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('observed_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_measurement_series_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('series_id', 'day', name=op.f('pk_measurement')),
        *_exact('numerator', 'denominator'),
        sqlite_with_rowid=False
    )
    op.create_table('member',
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('subject', sa.LargeBinary(length=16), nullable=False),
        sa.Column('records', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_member_series_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('series_id', 'day', 'subject', name=op.f('pk_member')),
        sqlite_with_rowid=False
    )
    for statement in VIEWS[op.get_bind().dialect.name]:
        op.execute(statement)
