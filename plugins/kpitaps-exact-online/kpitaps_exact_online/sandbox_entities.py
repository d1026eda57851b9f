"""The lists that the sandbox knows, by their paths below ``/api/v1/{division}/``."""

from __future__ import annotations

from kpitaps_exact_online import sandbox_crm_fields as crm
from kpitaps_exact_online import sandbox_divisions as divisions
from kpitaps_exact_online import sandbox_fields as fields
from kpitaps_exact_online import sandbox_hours_fields as hours
from kpitaps_exact_online import sandbox_lists as lists
from kpitaps_exact_online import sandbox_reports as reports
from kpitaps_exact_online import sandbox_subscription_fields as subscriptions
from kpitaps_exact_online import sandbox_term_fields as terms
from kpitaps_exact_online.sandbox_queries import LONG_PAGE, Entity, Rows
from kpitaps_exact_online.sandbox_wire import Fields, flag, guid, moment, number, text, whole
from kpitaps_exact_online.sandbox_wire import midnight as _midnight
from kpitaps_exact_online.sandbox_wire import uid as _uid

_TWIN = ("$filter", "$select")
"""What lists demand that have a sync endpoint, too."""

_JOURNAL_FIELDS: Fields = {
    "ID": guid(lambda _, row: _uid("journal", row.code)),
    "Code": text(lambda _, row: row.code),
    "Currency": text(lambda books, _: books.currency),
    "Description": text(lambda _, row: row.name),
    "IsBlocked": flag(lambda _books, _row: False),
    "Type": whole(lambda _, row: row.type),
    **fields.traces(lambda row: row.since, lambda row: row.since),
}
_PERIOD_FIELDS: Fields = {
    "ID": guid(lambda _, row: _uid("period", f"{row.year}/{row.number}")),
    "EndDate": moment(lambda _, row: _midnight(row.last)),
    "FinPeriod": whole(lambda _, row: row.number),
    "FinYear": whole(lambda _, row: row.year),
    "StartDate": moment(lambda _, row: _midnight(row.first)),
    **fields.traces(lambda row: row.since, lambda row: row.since),
}
_BALANCE_FIELDS: Fields = {
    "ID": whole(lambda _, row: row.number),
    "Amount": number(lambda _, row: (row.debit - row.credit) / 100),
    "AmountCredit": number(lambda _, row: row.credit / 100),
    "AmountDebit": number(lambda _, row: row.debit / 100),
    "BalanceType": text(lambda _, row: row.account.sheet),
    "Count": whole(lambda _, row: row.lines),
    "Division": whole(lambda books, _: books.division),
    "GLAccount": guid(lambda _, row: _uid("gl", row.account.code)),
    "GLAccountCode": text(lambda _, row: row.account.code),
    "GLAccountDescription": text(lambda _, row: row.account.name),
    "ReportingPeriod": whole(lambda _, row: row.period),
    "ReportingYear": whole(lambda _, row: row.year),
    "Status": whole(lambda _, row: row.status),
    "Type": whole(lambda _, row: row.type),
}


def _sync(path: str, shown: Fields, rows: Rows, key: str = "ID") -> Entity:
    return Entity(f"sync/{path}", shown, rows, key=key, page=LONG_PAGE, by_version=True)


ENTITIES = (
    _sync("Financial/TransactionLines", {**fields.version(), **fields.LINE_FIELDS}, lists.lines),
    _sync("Financial/GLAccounts", {**fields.version(), **fields.GL_FIELDS}, lists.chart),
    _sync("Cashflow/PaymentTerms", terms.TERM_FIELDS, lists.changed_terms),
    _sync("Deleted", fields.DELETED_FIELDS, lists.deleted),
    _sync("CRM/Accounts", crm.SYNC_PARTY_FIELDS, lists.parties),
    _sync("Project/TimeCostTransactions", hours.HOURS_FIELDS, lambda books, least: books.desk.hours.since(least)),
    _sync("Project/Projects", hours.SYNC_PROJECT_FIELDS, lambda books, least: books.desk.projects.since(least)),
    _sync("Payroll/Employees", hours.SYNC_EMPLOYEE_FIELDS, lists.employees),
    _sync(
        "Subscription/Subscriptions",
        subscriptions.SUBSCRIPTION_FIELDS,
        lambda books, least: books.desk.subscriptions.since(least),
        key="EntryID",
    ),
    _sync(
        "Subscription/SubscriptionLines",
        subscriptions.SUBSCRIPTION_LINE_FIELDS,
        lambda books, least: books.desk.lines.since(least),
    ),
    Entity("bulk/Financial/TransactionLines", fields.LINE_FIELDS, lists.lines, page=LONG_PAGE, demands=("$select",)),
    Entity("financialtransaction/TransactionLines", fields.LINE_FIELDS, lists.lines, demands=_TWIN),
    Entity("financial/GLAccounts", fields.GL_FIELDS, lists.chart, demands=_TWIN),
    Entity("financial/ReportingBalance", _BALANCE_FIELDS, lists.balances),
    Entity("financial/FinancialPeriods", _PERIOD_FIELDS, lists.fiscal_periods),
    Entity("financial/Journals", _JOURNAL_FIELDS, lists.journals),
    Entity("cashflow/Receivables", terms.RECEIVABLE_FIELDS, lists.receivables),
    Entity("cashflow/Payments", terms.PAYMENT_FIELDS, lists.payments),
    Entity("crm/Accounts", crm.PARTY_FIELDS, lists.parties, demands=_TWIN),
    Entity("crm/Opportunities", crm.OPPORTUNITY_FIELDS, lambda books, _: books.desk.opportunities.values()),
    Entity("project/Projects", hours.PROJECT_FIELDS, lambda books, _: books.desk.projects.since(0), demands=_TWIN),
    Entity("payroll/Employees", hours.EMPLOYEE_FIELDS, lists.employees, demands=_TWIN),
    Entity("subscription/SubscriptionTypes", subscriptions.SUBSCRIPTION_TYPE_FIELDS, lists.subscription_types),
    Entity("read/financial/ProfitLossOverview", reports.PROFIT_LOSS_FIELDS, reports.profit_loss, key="CurrentYear"),
    Entity(
        "read/financial/OutstandingInvoicesOverview",
        reports.OUTSTANDING_FIELDS,
        reports.outstanding,
        key="CurrencyCode",
    ),
    Entity(
        "read/sync/Sync/SyncTimestamp",
        reports.START_FIELDS,
        key="Modified",
        arguments=("modified", "endPoint"),
        function=reports.start,
    ),
)
"""Lists of what one division holds."""

OUTER = (
    Entity("hrm/Divisions", divisions.HRM_FIELDS, divisions.all_divisions, key="Code"),
    Entity("system/Divisions", divisions.SYSTEM_FIELDS, divisions.own_divisions, key="Code"),
)
"""Lists that are the same in every division."""

ME = Entity("current/Me", divisions.ME_FIELDS, divisions.me, key="UserID")
