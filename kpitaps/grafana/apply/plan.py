"""The plan: all that is to be done in Grafana, in the order in which it can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.errors import BadUse
from kpitaps.grafana.apply.dashboards import dashboard_steps, folder_steps
from kpitaps.grafana.apply.data_source import data_source_steps
from kpitaps.grafana.apply.notifications import contact_point_steps, mute_timing_steps
from kpitaps.grafana.apply.rules import list_rules, rule_steps
from kpitaps.grafana.apply.step import Action, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kpitaps.grafana.apply.server import Server
    from kpitaps.grafana.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done in a Grafana.

    Attributes:
        url: Which one it is.
        steps: What is not as it should be. What rules name comes before them, and goes after them.
    """

    url: str
    steps: tuple[Step, ...]

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.writes)

    @property
    def differs(self) -> bool:
        """Whether anything is not as it should be, things apart that are somebody else's now."""
        return any(step.action is not Action.LEAVE for step in self.steps)

    def carry_out(self, tell: Callable[[Step], object]) -> None:
        """Do it, step by step; ``tell`` hears of each that is done.

        What is done stays done if a later step fails: the next run goes on from there.

        Raises:
            BadUse: if Grafana would not let us do some of it: nothing is done then. Or if it refuses a step.
            NeedsAuth: if the token may not do something.
            RetryLater: if Grafana cannot be reached any more, or somebody changed the same thing meanwhile.
        """
        if blocked := [step for step in self.steps if step.action is Action.BLOCKED]:
            first, others = blocked[0], len(blocked) - 1
            more = f" and {others} more" if others else ""
            raise BadUse(f"the {first.what} {first.name!r}{more} in Grafana at {self.url}: {first.why}")
        for step in self.changes:
            step.write()
            tell(step)


def make_plan(server: Server, wanted: Wanted, *, renew_secrets: bool = False) -> Plan:
    """Return what is to be done so that a Grafana has what is wanted; nothing is changed.

    Args:
        server: The Grafana.
        wanted: What it is to have.
        renew_secrets: Whether secrets of contact points are written anew: Grafana does not let anybody compare them.

    Raises:
        BadUse: if it is no Grafana, or one without the APIs that are needed.
        NeedsAuth: if the token is not accepted, or may not see something.
        RetryLater: if it cannot be reached.
    """
    version = server.version()
    there = list_rules(server)
    rules = list(rule_steps(server, wanted, there, version))
    dashboards = list(dashboard_steps(server, wanted))
    points = list(contact_point_steps(server, wanted, renew_secrets=renew_secrets))
    timings = list(mute_timing_steps(server, wanted))
    first = [*data_source_steps(server, wanted), *folder_steps(server, wanted)]
    steps = [*first, *_staying(points, timings, dashboards, rules), *_going(rules, dashboards, points, timings)]
    return Plan(server.url, tuple(steps))


def _staying(*kinds: Iterable[Step]) -> list[Step]:
    return [step for kind in kinds for step in kind if step.action is not Action.REMOVE]


def _going(*kinds: Iterable[Step]) -> list[Step]:
    return [step for kind in kinds for step in kind if step.action is Action.REMOVE]
