"""Which properties each object type has, which of them are computed, and which come unasked."""

from __future__ import annotations

_COMMON = {"hs_object_id", "hs_merged_object_ids", "hubspot_owner_id"}

KNOWN: dict[str, frozenset[str]] = {
    "contacts": frozenset(
        _COMMON
        | {"createdate", "lastmodifieddate", "email", "firstname", "lastname", "company", "lifecyclestage"}
        | {"hs_analytics_source", "hs_marketable_status", "hs_email_optout"}
    ),
    "companies": frozenset(_COMMON | {"createdate", "hs_lastmodifieddate", "name", "domain", "country"}),
    "deals": frozenset(
        _COMMON
        | {"createdate", "hs_lastmodifieddate", "dealname", "pipeline", "dealstage", "closedate", "closed_lost_reason"}
        | {"amount", "amount_in_home_currency", "deal_currency_code", "hs_analytics_source"}
        | {"hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability", "hs_mrr", "hs_arr", "hs_acv", "hs_tcv"}
    ),
    "tickets": frozenset(
        _COMMON
        | {"createdate", "hs_lastmodifieddate", "subject", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category"}
        | {"source_type", "closed_date", "time_to_close", "first_agent_reply_date", "time_to_first_agent_reply"}
    ),
    "meetings": frozenset(
        _COMMON
        | {"hs_createdate", "hs_lastmodifieddate", "hs_timestamp", "hs_meeting_title", "hs_meeting_outcome"}
        | {"hs_meeting_start_time", "hs_meeting_end_time"}
    ),
    "feedback_submissions": frozenset(
        _COMMON
        | {"hs_createdate", "hs_lastmodifieddate", "hs_survey_type", "hs_survey_channel", "hs_submission_timestamp"}
        | {"hs_value", "hs_response_group"}
    ),
}
"""Object type → names that HubSpot knows; a few of its hundreds, all that a record of the story has among them."""

DEFAULTS: dict[str, tuple[str, ...]] = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    "deals": (
        *("amount", "closedate", "createdate", "dealname", "dealstage"),
        *("hs_lastmodifieddate", "hs_object_id", "pipeline"),
    ),
    "tickets": (
        *("content", "createdate", "hs_lastmodifieddate", "hs_object_id", "hs_pipeline", "hs_pipeline_stage"),
        *("hs_ticket_category", "hs_ticket_priority", "subject"),
    ),
    "meetings": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    "feedback_submissions": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
}
"""What a record shows where no properties are asked for."""

ALWAYS: dict[str, tuple[str, ...]] = {
    "contacts": ("createdate", "hs_object_id", "lastmodifieddate"),
    "companies": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    "deals": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    "tickets": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    "meetings": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    "feedback_submissions": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
}
"""What a record shows besides those that are asked for."""

COMPUTED = frozenset(
    {"amount_in_home_currency", "hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability"}
    | {"time_to_close", "time_to_first_agent_reply"}
)
"""Properties that HubSpot computes when it gets round to it: a search may show them empty."""

INSTANTS = frozenset(
    {"createdate", "lastmodifieddate", "hs_createdate", "hs_lastmodifieddate", "closedate", "closed_date"}
    | {"first_agent_reply_date", "hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time"}
    | {"hs_submission_timestamp"}
)
"""Properties that hold an instant: searches compare them in milliseconds."""

OBJECT_IDS = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-19": "feedback_submissions",
    "0-47": "meetings",
}
"""Numbers of the object types, in all paths as good as their names."""

SCOPES = {
    "contacts": "crm.objects.contacts.read",
    "companies": "crm.objects.companies.read",
    "deals": "crm.objects.deals.read",
    "feedback_submissions": "crm.objects.feedback_submissions.read",
    "meetings": "crm.objects.contacts.read",
    "owners": "crm.objects.owners.read",
    "tickets": "tickets",
    "emails": "content",
}
"""What an app must be granted to read each; meetings come with the contacts."""
