"""Flags: what sources and checks say against some days of a measure; how long totals may still change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FLAGS = """
CREATE VIEW flags AS
SELECT company.key AS company, connection.name AS connection, connection.tap AS tap, flag.origin AS origin,
       flag.measure AS measure, {first} AS first_day, {last} AS last_day, flag.quality AS quality,
       flag.reason AS reason, flag.fix AS fix
FROM flag
LEFT JOIN generation ON generation.id = flag.generation_id
JOIN connection ON connection.id = flag.connection_id
JOIN company ON company.id = connection.company_id
WHERE generation.id IS NULL OR generation.state = 'active'
"""

DAY = {
    # Ordinal 1 is 0001-01-01; Julian day numbers start at noon, hence the half.
    "sqlite": "date(flag.{} + 1721424.5)",
    "postgresql": "(DATE '0001-01-01' + (flag.{} - 1))",
}


def upgrade() -> None:
    op.create_table('flag',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('connection_id', sa.Integer(), nullable=False),
        sa.Column('generation_id', sa.Integer(), nullable=True),
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('measure', sa.String(length=100), nullable=False),
        sa.Column('first_day', sa.Integer(), nullable=False),
        sa.Column('last_day', sa.Integer(), nullable=False),
        sa.Column('quality', sa.String(length=16), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('fix', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], name=op.f('fk_flag_connection_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['generation_id'], ['generation.id'], name=op.f('fk_flag_generation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_flag'))
    )
    op.create_index('ix_flag_connection_id', 'flag', ['connection_id'])
    op.create_index('ix_flag_generation_id_first_day', 'flag', ['generation_id', 'first_day'])
    op.add_column('generation', sa.Column('settles', sa.BigInteger(), nullable=True))
    day = DAY[op.get_bind().dialect.name]
    op.execute(FLAGS.format(first=day.format("first_day"), last=day.format("last_day")))
