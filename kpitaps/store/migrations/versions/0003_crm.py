"""Owners of measures, grants of connections, who is a customer when, windows that sources count, levels that hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('owner',
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('measure', sa.String(length=100), nullable=False),
        sa.Column('tap', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_owner_company_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('company_id', 'measure', name=op.f('pk_owner'))
    )
    op.add_column('connection', sa.Column('grant_key', sa.String(length=200), nullable=True))
    op.add_column('connection', sa.Column('stopped_at', sa.BigInteger(), nullable=True))
    op.create_table('tenure',
        sa.Column('generation_id', sa.Integer(), nullable=False),
        sa.Column('subject', sa.LargeBinary(length=16), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('change', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['generation_id'], ['generation.id'], name=op.f('fk_tenure_generation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('generation_id', 'subject', 'day', name=op.f('pk_tenure')),
        sqlite_with_rowid=False
    )
    op.create_table('published',
        sa.Column('series_id', sa.Integer(), nullable=False),
        sa.Column('first_day', sa.Integer(), nullable=False),
        sa.Column('last_day', sa.Integer(), nullable=False),
        sa.Column('as_of', sa.Integer(), nullable=False),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.Column('observed_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_published_series_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('series_id', 'first_day', 'last_day', name=op.f('pk_published')),
        sqlite_with_rowid=False
    )
    op.create_index('ix_published_series_id_as_of', 'published', ['series_id', 'as_of'])
    op.add_column('generation', sa.Column('carries', sa.BigInteger(), nullable=True))
