"""Goals: how each stood on which day, and how each was defined when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KPI_DAILY = """
CREATE VIEW kpi_daily AS
SELECT company.key AS company, s.kpi AS kpi, s.name AS name, s.name_nl AS name_nl, s.domain AS domain,
       s.label AS label, s.label_value AS label_value, {day} AS day, d.value AS value, {numerator} AS numerator,
       {denominator} AS denominator, s.roll_up AS roll_up, s.unit AS unit, s.currency AS currency, s.good AS good,
       d.quality AS quality, d.is_open AS is_open, d.revision AS revision, {changed} AS changed_at
FROM kpi_day d
JOIN kpi_series s ON s.id = d.series_id
JOIN company ON company.id = s.company_id
"""

KPI_WINDOW = """
CREATE VIEW kpi_window AS
SELECT company.key AS company, s.kpi AS kpi, s.name AS name, s.name_nl AS name_nl, s.domain AS domain,
       s.label AS label, s.label_value AS label_value, f."window" AS "window", {as_of} AS as_of,
       {first} AS first_day, {last} AS last_day, f.value AS value, f.previous AS previous, f.last_year AS last_year,
       s.unit AS unit, s.currency AS currency, s.good AS good, f.quality AS quality, f.is_open AS is_open,
       {through} AS data_through, f.reasons AS reasons
FROM kpi_figure f
JOIN kpi_series s ON s.id = f.series_id
JOIN company ON company.id = s.company_id
"""


def _kpi_views(day: str, time: str, exact: str) -> tuple[str, str]:
    """Return the views; ``{}`` stands for a column with an ordinal day, microseconds, or millionths."""
    days = {"as_of": "f.as_of", "first": "f.first_day", "last": "f.last_day"}
    return (
        KPI_DAILY.format(
            day=day.format("d.day"),
            numerator=exact.format("d.numerator"),
            denominator=exact.format("d.denominator"),
            changed=time.format("d.changed_at"),
        ),
        KPI_WINDOW.format(
            through=time.format("f.data_through"), **{name: day.format(column) for name, column in days.items()}
        ),
    )


KPI_VIEWS = {
    # Ordinal 1 is 0001-01-01; Julian day numbers start at noon, hence the half.
    "sqlite": _kpi_views("date({} + 1721424.5)", "strftime('%Y-%m-%dT%H:%M:%SZ', {} / 1000000, 'unixepoch')", "{} / 1000000.0"),
    # Without a scale, numeric has more digits than the decimals of some tools can hold.
    "postgresql": _kpi_views("(DATE '0001-01-01' + ({} - 1))", "to_timestamp({} / 1000000.0)", "({}::numeric / 1000000)::numeric(20, 6)"),
}


def upgrade() -> None:
    op.create_table('goal_definition',
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('goal', sa.String(length=64), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('since', sa.BigInteger(), nullable=False),
        sa.Column('definition', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_goal_definition_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('company_id', 'goal', 'revision', name=op.f('pk_goal_definition'))
    )
    op.create_table('goal_day',
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('goal', sa.String(length=64), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('first_day', sa.Integer(), nullable=False),
        sa.Column('last_day', sa.Integer(), nullable=False),
        sa.Column('target', sa.BigInteger(), nullable=True),
        sa.Column('value', sa.BigInteger(), nullable=True),
        sa.Column('expected', sa.BigInteger(), nullable=True),
        sa.Column('attainment', sa.BigInteger(), nullable=True),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('since_day', sa.Integer(), nullable=False),
        sa.Column('judged', sa.String(length=16), nullable=False),
        sa.Column('judged_since', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_goal_day_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('company_id', 'goal', 'day', name=op.f('pk_goal_day'))
    )
    op.create_table('digest_sending',
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('channel', sa.String(length=16), nullable=False),
        sa.Column('first_day', sa.Integer(), nullable=False),
        sa.Column('last_day', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('message', sa.Text(), nullable=False),
        sa.Column('told', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_digest_sending_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('company_id', 'digest', 'channel', 'first_day', 'last_day', name=op.f('pk_digest_sending'))
    )
    op.create_table('edition',
        sa.Column('generation_id', sa.Integer(), nullable=False),
        sa.Column('measure', sa.String(length=100), nullable=False),
        sa.Column('part', sa.Integer(), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['generation_id'], ['generation.id'], name=op.f('fk_edition_generation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('generation_id', 'measure', 'part', name=op.f('pk_edition')),
        sqlite_with_rowid=False
    )
    op.create_table('kpi_series',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('kpi', sa.String(length=100), nullable=False),
        sa.Column('label', sa.String(length=64), nullable=False),
        sa.Column('label_value', sa.Text(), nullable=False),
        sa.Column('domain', sa.String(length=64), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('name_nl', sa.Text(), nullable=False),
        sa.Column('unit', sa.String(length=16), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('good', sa.String(length=8), nullable=False),
        sa.Column('roll_up', sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_kpi_series_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kpi_series')),
        sa.UniqueConstraint('company_id', 'kpi', 'label', 'label_value', name=op.f('uq_kpi_series_company_id_kpi_label_label_value'))
    )
    op.create_table('kpi_day',
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('value', sa.Double(), nullable=True),
        sa.Column('numerator', sa.BigInteger(), nullable=True),
        sa.Column('denominator', sa.BigInteger(), nullable=True),
        sa.Column('quality', sa.String(length=16), nullable=False),
        sa.Column('is_open', sa.Integer(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('changed_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['kpi_series.id'], name=op.f('fk_kpi_day_series_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('series_id', 'day', name=op.f('pk_kpi_day')),
        sqlite_with_rowid=False
    )
    op.create_table('kpi_figure',
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('window', sa.String(length=16), nullable=False),
        sa.Column('as_of', sa.Integer(), nullable=False),
        sa.Column('first_day', sa.Integer(), nullable=False),
        sa.Column('last_day', sa.Integer(), nullable=False),
        sa.Column('value', sa.Double(), nullable=True),
        sa.Column('previous', sa.Double(), nullable=True),
        sa.Column('last_year', sa.Double(), nullable=True),
        sa.Column('quality', sa.String(length=16), nullable=False),
        sa.Column('is_open', sa.Integer(), nullable=False),
        sa.Column('data_through', sa.BigInteger(), nullable=True),
        sa.Column('reasons', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['kpi_series.id'], name=op.f('fk_kpi_figure_series_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('series_id', 'window', name=op.f('pk_kpi_figure')),
        sqlite_with_rowid=False
    )
    for view in KPI_VIEWS[op.get_bind().dialect.name]:
        op.execute(view)
    op.create_table('rate',
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('per_euro', sa.BigInteger(), nullable=False),
        sa.Column('observed_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('currency', 'day', name=op.f('pk_rate')),
        sqlite_with_rowid=False
    )
    rate_feed = op.create_table('rate_feed',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('first_day', sa.Integer(), nullable=True),
        sa.Column('last_day', sa.Integer(), nullable=True),
        sa.Column('changes', sa.BigInteger(), nullable=False),
        sa.Column('read_at', sa.BigInteger(), nullable=True),
        sa.Column('tried_at', sa.BigInteger(), nullable=True),
        sa.Column('retry_at', sa.BigInteger(), nullable=True),
        sa.Column('message', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rate_feed'))
    )
    op.bulk_insert(rate_feed, [{'id': 1, 'changes': 0, 'message': ''}])
