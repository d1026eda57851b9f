"""OAuth grants: their tokens, encrypted, and who is renewing them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('oauth_grant',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('tap', sa.String(length=64), nullable=False),
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('refresh', sa.LargeBinary(), nullable=True),
        sa.Column('access', sa.LargeBinary(), nullable=True),
        sa.Column('spare', sa.LargeBinary(), nullable=True),
        sa.Column('obtained_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=True),
        sa.Column('refused', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('since', sa.BigInteger(), nullable=False),
        sa.Column('message', sa.Text(), nullable=False),
        sa.Column('revision', sa.BigInteger(), nullable=False),
        sa.Column('chain', sa.Integer(), nullable=False),
        sa.Column('fence', sa.BigInteger(), nullable=False),
        sa.Column('owner', sa.String(length=64), nullable=False),
        sa.Column('lease_until', sa.BigInteger(), nullable=False),
        sa.Column('intent_at', sa.BigInteger(), nullable=True),
        sa.Column('intent_fence', sa.BigInteger(), nullable=True),
        sa.Column('doubts', sa.Integer(), nullable=False),
        sa.Column('retry_at', sa.BigInteger(), nullable=False),
        sa.Column('calls_day', sa.Integer(), nullable=False),
        sa.Column('calls', sa.Integer(), nullable=False),
        sa.Column('failed_at', sa.BigInteger(), nullable=False),
        sa.Column('errors', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_grant')),
        sa.UniqueConstraint('tap', 'key', name=op.f('uq_oauth_grant_tap_key'))
    )
