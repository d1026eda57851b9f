"""Compiled formulas.

The windows' sums are put in last, so a ratio is a ratio of sums, never a sum of ratios.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.kpis.nodes import Term

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from kpitaps.kpis.nodes import Leaf, Node, Values


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was found valid.

    Attributes:
        text: As it was written.
        node: The tree it compiles to; references to other KPIs are already put in.
        leaves: What is put into it, each once, in the order in which they appear.
    """

    text: str
    node: Node
    leaves: tuple[Leaf, ...]

    @classmethod
    def of(cls, text: str, node: Node) -> Formula:
        """Return the formula whose tree is ``node``."""
        return cls(text, node, tuple(dict.fromkeys(node.leaves())))

    @property
    def terms(self) -> tuple[Term, ...]:
        """The measures it needs, each once for every way in which it is read."""
        return tuple(leaf for leaf in self.leaves if isinstance(leaf, Term))

    def chosen(self, is_fed: Callable[[str], bool]) -> Formula | None:
        """Return the formula with its choices made by what is fed; None if it needs a measure that is not."""
        node = self.node.chosen(is_fed)
        return None if node is None else Formula.of(self.text, node)

    def value(self, values: Values) -> Fraction | None:
        """Return the exact value, given those of the leaves; None where there is none."""
        return self.node.value(values)
