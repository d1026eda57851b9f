"""What Grafana's own reader of provisioning files takes: its keys, types and limits, as its source has them.

Taken from grafana/grafana, ``pkg/services/provisioning``, ``pkg/services/ngalert/models`` and ``pkg/expr``, and from
grafana/alerting, ``receivers``, versions 9.4 to 13. Grafana ignores a key that it does not know; here it is an error,
because nothing would come of what we meant by it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

Uid = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$")]
Duration = Annotated[
    str, Field(pattern=r"^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$", min_length=1)
]
Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Name = Annotated[str, Field(min_length=1, max_length=190)]
Zone = Annotated[str, AfterValidator(lambda name: ZoneInfo(name).key)]
Organisation = Literal[1]
Day = Literal["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

_VARIABLE = re.compile(r"\$(?:__(env|file))?\{([^}]+)\}|\$([a-zA-Z_][a-zA-Z0-9_]*)")


def expanded(text: str, variables: dict[str, str]) -> str:
    """Return what Grafana reads where it looks for variables; it does not in annotations, queries and mute times."""
    parts = [_VARIABLE.sub(lambda found: variables.get(found[2] or found[3], ""), part) for part in text.split("$$")]
    return "$".join(parts)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Camel(_Strict):
    model_config = ConfigDict(alias_generator=to_camel)


class _Evaluator(_Strict):
    type: Literal["gt", "lt"]
    params: Annotated[list[int | float], Field(min_length=1, max_length=1)]


class _Limits(_Camel):
    evaluator: _Evaluator
    unload_evaluator: _Evaluator | None = None


class _Source(_Strict):
    type: Literal["prometheus", "__expr__"]
    uid: Uid


class _Model(_Camel):
    ref_id: str
    datasource: _Source


class _PrometheusQuery(_Model):
    expr: str
    instant: Literal[True]
    range: Literal[False]
    interval_ms: int
    max_data_points: int


class _Reduction(_Model):
    type: Literal["reduce"]
    expression: str
    reducer: Literal["last"]
    settings: dict[Literal["mode"], Literal["dropNN"]]


class _Threshold(_Model):
    type: Literal["threshold"]
    expression: str
    conditions: Annotated[list[_Limits], Field(min_length=1, max_length=1)]


class _TimeRange(_Strict):
    from_: Annotated[int, Field(alias="from")]
    to: int


class _Query(_Camel):
    ref_id: str
    datasource_uid: Uid
    relative_time_range: _TimeRange
    model: _PrometheusQuery | _Reduction | _Threshold

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        assert (self.ref_id, self.datasource_uid) == (self.model.ref_id, self.model.datasource.uid)
        return self


class _Routing(_Strict):
    receiver: Name
    group_by: list[str]
    group_wait: Duration
    group_interval: Duration
    repeat_interval: Duration
    mute_time_intervals: list[str] = []


class _Rule(_Camel):
    uid: Uid
    title: str
    condition: str
    data: Annotated[list[_Query], Field(min_length=1)]
    no_data_state: Literal["Alerting", "NoData", "OK"]  # KeepLast is of 10.4
    exec_err_state: Literal["Alerting", "Error", "OK"]
    for_: Annotated[Duration, Field(alias="for")]
    keep_firing_for: Duration
    missing_series_evals_to_resolve: Annotated[int, Field(alias="missing_series_evals_to_resolve", gt=0)]
    dashboard_uid: Uid
    panel_id: int | None = None
    annotations: dict[str, str]
    labels: dict[str, str]
    is_paused: bool
    notification_settings: Annotated[_Routing | None, Field(alias="notification_settings")] = None

    @model_validator(mode="after")
    def _is_valid(self) -> Self:
        names = [query.ref_id for query in self.data]
        assert len(set(names)) == len(names)
        assert self.condition in names
        known: set[str] = set()
        for query in self.data:
            # an expression may only name what there is; recovery belongs to the condition alone
            assert getattr(query.model, "expression", None) in {None, *known}
            known.add(query.ref_id)
            assert not isinstance(query.model, _Threshold) or query.ref_id == self.condition
        assert 0 < len(expanded(self.title, {})) <= 190
        assert ("__dashboardUid__" in self.annotations) == ("__panelId__" in self.annotations)
        return self


class _Group(_Camel):
    org_id: Organisation
    name: Name
    folder: Name
    interval: Duration
    rules: list[_Rule]


class _Mail(_Camel):
    addresses: Annotated[str, Field(min_length=1)]
    single_email: bool
    subject: str
    message: str


class _Slack(_Strict):
    url: Annotated[str, Field(min_length=1)]
    title: str
    text: str


class _Teams(_Strict):
    url: Annotated[str, Field(min_length=1)]
    title: str
    message: str


class _Webhook(_Camel):
    url: Annotated[str, Field(min_length=1)]
    http_method: Literal["POST", "PUT"]


SETTINGS: dict[str, type[_Strict]] = {"email": _Mail, "slack": _Slack, "teams": _Teams, "webhook": _Webhook}


class _Receiver(_Camel):
    uid: Uid
    type: Literal["email", "slack", "teams", "webhook"]
    settings: dict[str, Any]
    disable_resolve_message: bool

    @model_validator(mode="after")
    def _has_settings_of_its_type(self) -> Self:
        SETTINGS[self.type].model_validate(self.settings)
        return self


class _ContactPoint(_Camel):
    org_id: Organisation
    name: Name
    receivers: Annotated[list[_Receiver], Field(min_length=1)]


class _Times(_Strict):
    start_time: Clock
    end_time: Clock


class _Interval(_Strict):
    weekdays: list[Day]
    times: list[_Times] = []
    location: Zone


class _MuteTime(_Camel):
    org_id: Organisation
    name: Name
    time_intervals: Annotated[list[_Interval], Field(alias="time_intervals")]


class _Deleted(_Camel):
    org_id: Organisation
    uid: Uid


class AlertingFile(_Camel):
    """``alerting/*.yaml``. Of ours it has no ``deleteMuteTimes``: Grafana obeys that before it reads the rules."""

    api_version: Literal[1]
    groups: list[_Group] = []
    contact_points: list[_ContactPoint] = []
    mute_times: list[_MuteTime] = []
    delete_rules: list[_Deleted] = []
    delete_contact_points: list[_Deleted] = []


class _PrometheusSettings(_Camel):
    http_method: Literal["GET", "POST"]
    prometheus_type: Literal["Prometheus", "Mimir", "Cortex", "Thanos"]
    time_interval: Duration
    incremental_querying: bool
    cache_level: Literal["Low", "Medium", "High", "None"]


class _DataSource(_Camel):
    org_id: Organisation
    name: Name
    uid: Uid
    type: Literal["prometheus"]
    access: Literal["proxy"]
    url: str
    is_default: bool
    editable: bool
    json_data: _PrometheusSettings


class DataSourcesFile(_Camel):
    """``datasources/*.yaml``."""

    api_version: Literal[1]
    datasources: list[_DataSource]


class _ProviderOptions(_Camel):
    path: Annotated[str, Field(min_length=1)]
    folders_from_files_structure: bool


class _Provider(_Camel):
    name: Name
    org_id: Organisation
    type: Literal["file"]
    disable_deletion: bool
    allow_ui_updates: bool
    update_interval_seconds: int
    options: _ProviderOptions


class ProvidersFile(_Camel):
    """``dashboards/*.yaml``."""

    api_version: Literal[1]
    providers: list[_Provider]
