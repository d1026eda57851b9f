"""The tables of KPIs as other tools read them: projections, which can be dropped and made again at any time.

What they hold was computed by `kpitaps.kpis` from the ledger; the views in `kpitaps.store.views` show it in readable
form. Values are floating-point numbers, the same that pages and metrics show; what may be summed is exact beside them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from kpitaps.store.tables import metadata

# A KPI of a company; one of its label values where it has a label.
kpi_series = Table(
    "kpi_series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("company_id", Integer, ForeignKey("company.id", ondelete="CASCADE"), nullable=False),
    Column("kpi", String(100), nullable=False),
    Column("label", String(64), nullable=False),
    Column("label_value", Text, nullable=False),
    Column("domain", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_nl", Text, nullable=False),
    Column("unit", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("good", String(8), nullable=False),
    # How days are put together; see kpitaps.kpis.roll_up.
    Column("roll_up", String(8), nullable=False),
    UniqueConstraint("company_id", "kpi", "label", "label_value"),
)

kpi_day = Table(
    "kpi_day",
    metadata,
    Column("series_id", Integer, ForeignKey("kpi_series.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("day", Integer, primary_key=True, nullable=False),
    # None where there is nothing to divide by, or an exchange rate is missing.
    Column("value", Double),
    # In millionths; what adds up over days, and what it is divided by.
    Column("numerator", BigInteger),
    Column("denominator", BigInteger),
    Column("quality", String(16), nullable=False),
    # 1 until the day was over, and read to its end.
    Column("is_open", Integer, nullable=False),
    # How often it became another after that.
    Column("revision", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# A KPI in a window, as the board has it now.
kpi_figure = Table(
    "kpi_figure",
    metadata,
    Column("series_id", Integer, ForeignKey("kpi_series.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("window", String(16), primary_key=True, nullable=False),
    # The company's day on which it was evaluated.
    Column("as_of", Integer, nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("value", Double),
    Column("previous", Double),
    Column("last_year", Double),
    Column("quality", String(16), nullable=False),
    Column("is_open", Integer, nullable=False),
    Column("data_through", BigInteger),
    Column("reasons", Text, nullable=False),
    sqlite_with_rowid=False,
)
