"""The sentences of digests in Dutch and English."""

from __future__ import annotations


def _(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


TEXTS: dict[str, dict[str, str]] = {
    "week_named": _("week {week}", "week {week}"),
    "month_named": _("{month}", "{month}"),
    "so_far": _("tot nu toe", "so far"),
    "points": _("{number} procentpunt", "{number} percentage points"),
    "times_more": _("{size} hoger", "{size} up"),
    "times_less": _("{size} lager", "{size} down"),
    # subject and first line
    "all_well": _("alle doelen op koers", "all goals on track"),
    "none_behind": _("geen doel loopt achter", "no goal is behind"),
    "behind_one": _("1 doel loopt achter", "1 goal is behind"),
    "behind_other": _("{number} doelen lopen achter", "{number} goals are behind"),
    "goals_missed_one": _("1 doel is niet gehaald", "1 goal was missed"),
    "goals_missed_other": _("{number} doelen zijn niet gehaald", "{number} goals were missed"),
    "goals_unknown_one": _("van 1 doel is niet bekend hoe het ervoor staat", "it is not known how 1 goal stands"),
    "goals_unknown_other": _(
        "van {number} doelen is niet bekend hoe ze ervoor staan", "it is not known how {number} goals stand"
    ),
    # goals
    "goals": _("Doelen die aandacht vragen", "Goals that need attention"),
    "other_goals": _("Overige doelen", "Other goals"),
    "off_track": _("Niet op koers", "Off track"),
    "at_risk": _("Let op", "At risk"),
    "on_track": _("Op koers", "On track"),
    "unknown": _("Onbekend", "Unknown"),
    "reached": _("Gehaald", "Reached"),
    "missed": _("Niet gehaald", "Missed"),
    "no_goals": _("Er zijn nog geen doelen.", "There are no goals yet."),
    "goal_value": _("nu {value}; volgens plan {expected}", "now {value}; expected by now {expected}"),
    "goal_alone": _("nu {value}", "now {value}"),
    "goal_level": _("nu {value}; de norm is {expected}", "now {value}; the norm is {expected}"),
    "goal_no_value": _("nog geen waarde", "no value yet"),
    "result": _("bereikt: {value}", "reached: {value}"),
    "result_unknown": _("bereikt: onbekend", "reached: unknown"),
    "result_target": _("doel: {target}", "target: {target}"),
    "below": _("{gap} te laag", "{gap} too low"),
    "above": _("{gap} te hoog", "{gap} too high"),
    "better_than_norm": _("{gap} beter dan de norm", "{gap} better than the norm"),
    "ahead": _("{gap} voor op schema", "{gap} ahead of schedule"),
    "lower_than_norm": _("{gap} lager dan de norm", "{gap} lower than the norm"),
    "higher_than_norm": _("{gap} hoger dan de norm", "{gap} higher than the norm"),
    "lower_than_planned": _("{gap} lager dan gepland", "{gap} lower than planned"),
    "higher_than_planned": _("{gap} hoger dan gepland", "{gap} higher than planned"),
    "goal_target": _("doel: {target}, uiterlijk {day}", "target: {target} by {day}"),
    "goal_projection": _("in dit tempo: {projection}", "at this rate: {projection}"),
    "owner": _("Eigenaar: {owner}", "Owner: {owner}"),
    "no_owner": _("Nog geen eigenaar", "No owner yet"),
    "since": _("sinds {day}", "since {day}"),
    # KPIs
    "kpis": _("Kerncijfers", "Key figures"),
    "no_kpis": _("Er zijn nog geen cijfers.", "There are no figures yet."),
    "equal": _("gelijk", "the same"),
    "before_week": _("de week ervoor", "the week before"),
    "before_month": _("de maand ervoor", "the month before"),
    "before_days": _("dezelfde dagen van {before}", "the same days of {before}"),
    "before_share": _("hetzelfde deel van {before}", "the same part of {before}"),
    "compared_equal": _("aan {before}", "as {before}"),
    "compared_better": _("t.o.v. {before} (beter)", "on {before} (better)"),
    "compared_worse": _("t.o.v. {before} (slechter)", "on {before} (worse)"),
    "last_year": _("vorig jaar {value}", "last year {value}"),
    "trend_week": _("{name}, de laatste {number} weken", "{name}, the last {number} weeks"),
    "trend_month": _("{name}, de laatste {number} maanden", "{name}, the last {number} months"),
    "trend_note_week": _("Lijntjes: de laatste {number} hele weken.", "Lines: the last {number} full weeks."),
    "trend_note_month": _("Lijntjes: de laatste {number} hele maanden.", "Lines: the last {number} full months."),
    "open": _("loopt nog", "still running"),
    "over": _("liep af op {day}", "ended on {day}"),
    "over_recurring": _("periode: {days}", "period: {days}"),
    "standing": _("geldt altijd", "holds at all times"),
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
