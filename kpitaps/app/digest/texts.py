"""The sentences of digests in Dutch and English."""

from __future__ import annotations


def _(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


TEXTS: dict[str, dict[str, str]] = {
    "week_named": _("week {week}", "week {week}"),
    "month_named": _("{month}", "{month}"),
    "so_far": _("tot nu toe", "so far"),
    "points": _("{number} procentpunt", "{number} percentage points"),
    # subject and first line
    "all_well": _("alle doelen op koers", "all goals on track"),
    "none_behind": _("geen doel loopt achter", "no goal is behind"),
    "behind_one": _("1 doel loopt achter", "1 goal is behind"),
    "behind_other": _("{number} doelen lopen achter", "{number} goals are behind"),
    # goals
    "goals": _("Doelen die aandacht vragen", "Goals that need attention"),
    "other_goals": _("Overige doelen", "Other goals"),
    "off_track": _("Niet op koers", "Off track"),
    "at_risk": _("Let op", "At risk"),
    "on_track": _("Op koers", "On track"),
    "unknown": _("Onbekend", "Unknown"),
    "no_goals": _("Er zijn nog geen doelen.", "There are no goals yet."),
    "goal_value": _("nu {value}; verwacht was {expected}", "now {value}; expected was {expected}"),
    "goal_alone": _("nu {value}", "now {value}"),
    "goal_level": _("nu {value}; de norm is {expected}", "now {value}; the norm is {expected}"),
    "goal_no_value": _("nog geen waarde", "no value yet"),
    "below": _("{gap} te laag", "{gap} too low"),
    "above": _("{gap} te hoog", "{gap} too high"),
    "better_than_norm": _("{gap} beter dan de norm", "{gap} better than the norm"),
    "ahead": _("{gap} voor op schema", "{gap} ahead of schedule"),
    "goal_target": _("doel: {target}, uiterlijk {day}", "target: {target} by {day}"),
    "goal_projection": _("zo doorgaand: {projection}", "at this rate: {projection}"),
    "owner": _("Eigenaar: {owner}", "Owner: {owner}"),
    "no_owner": _("Nog geen eigenaar", "No owner yet"),
    "since": _("sinds {day}", "since {day}"),
    # KPIs
    "kpis": _("Kerncijfers", "Key figures"),
    "no_kpis": _("Er zijn nog geen cijfers.", "There are no figures yet."),
    "equal": _("gelijk", "the same"),
    "week_equal": _("aan de week ervoor", "as the week before"),
    "month_equal": _("aan de maand ervoor", "as the month before"),
    "week_same": _("t.o.v. de week ervoor", "on the week before"),
    "week_better": _("beter dan de week ervoor", "better than the week before"),
    "week_worse": _("slechter dan de week ervoor", "worse than the week before"),
    "month_same": _("t.o.v. de maand ervoor", "on the month before"),
    "month_better": _("beter dan de maand ervoor", "better than the month before"),
    "month_worse": _("slechter dan de maand ervoor", "worse than the month before"),
    "last_year": _("vorig jaar {value}", "last year {value}"),
    "trend_week": _("{name}, de laatste {number} weken", "{name}, the last {number} weeks"),
    "trend_month": _("{name}, de laatste {number} maanden", "{name}, the last {number} months"),
    "trend_note_week": _("Lijntjes: de laatste {number} hele weken.", "Lines: the last {number} full weeks."),
    "trend_note_month": _("Lijntjes: de laatste {number} hele maanden.", "Lines: the last {number} full months."),
    "open": _("loopt nog", "still running"),
    "over": _("liep af op {day}", "ended on {day}"),
    "provisional": _("voorlopig", "provisional"),
    "sampled": _("schatting uit een steekproef", "estimated from a sample"),
    "thresholded": _("deels verborgen door de bron", "partly hidden by the source"),
    "truncated": _("afgekapt door de bron", "cut off by the source"),
    "incomplete": _("onvolledig", "incomplete"),
    "not_known": _("onbekend", "unknown"),
    # what changed afterwards
    "restated": _("Achteraf gewijzigd", "Changed afterwards"),
    "restatement": _(
        "{name}, {days}: eerder gemeld {told}, nu {now} ({difference})",
        "{name}, {days}: told before {told}, now {now} ({difference})",
    ),
    "restated_one": _("{name}: 1 dag, {days}", "{name}: 1 day, {days}"),
    "restated_other": _("{name}: {number} dagen, {days}", "{name}: {number} days, {days}"),
    "restated_more_one": _("en nog 1 ander cijfer", "and 1 other figure"),
    "restated_more_other": _("en nog {number} andere cijfers", "and {number} other figures"),
    # freshness
    "data": _("Gegevens", "Data"),
    "through": _("Alles is gelezen tot en met {instant}.", "Everything has been read up to {instant}."),
    "nothing_read": _("Nog niet alles is gelezen.", "Not everything has been read yet."),
    "source_late": _("{name} is pas gelezen tot {instant}", "{name} has been read only up to {instant}"),
    "source_never": _("{name} is nog niet gelezen", "{name} has not been read yet"),
    "source_repairs_one": _(
        "{name} vraagt om een handeling; kpitaps status zegt welke",
        "{name} needs somebody to act; kpitaps status says how",
    ),
    "source_repairs_other": _(
        "{name} vraagt om {number} handelingen; kpitaps status zegt welke",
        "{name} needs somebody to act, {number} times; kpitaps status says how",
    ),
    "written": _("Gemaakt door kpitaps op {instant}.", "Written by kpitaps on {instant}."),
}
