"""What the checks of one test class share: a story, a ledger that has read it, and ledgers on the way there."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpitaps.errors import KpitapsError
from kpitaps.tap.stream import ACCOUNT
from kpitaps.testing.clock import Clock
from kpitaps.testing.conformance.bench import open_bench
from kpitaps.testing.conformance.verdict import unjudged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kpitaps.tap import Tap
    from kpitaps.testing.conformance.bench import Bench
    from kpitaps.testing.conformance.kit import TapConformance
    from kpitaps.testing.conformance.ledger import Content
    from kpitaps.testing.story import Story


class Stage:
    """Opens benches for one class of checks.

    Attributes:
        kit: The class: what is under test.
        story: What happens in the fictional company; every sandbox of this stage tells it.
    """

    def __init__(self, kit: type[TapConformance]) -> None:
        self.kit = kit
        self.story: Story = kit.story()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="kpitaps-conformance-")))
        self._numbers = count()

    def close(self) -> None:
        """Stop what was started, and remove every ledger."""
        self._stack.close()

    @property
    def early(self) -> datetime:
        """When the ledgers that are copied have read the story: some days before the end."""
        return self.kit.now - self.kit.increment

    @contextmanager
    def bench(
        self,
        now: datetime | None = None,
        *,
        tap: Tap | None = None,
        story: Story | None = None,
        home: Path | None = None,
        workers: int = 4,
    ) -> Iterator[Bench]:
        """Open a bench with a sandbox of its own; nothing is connected yet.

        Args:
            now: What time it is there; the end of the story by default.
            tap: The tap; the one under test by default.
            story: What the sandbox tells; the stage's by default.
            home: A ledger's folder; a new one by default.
            workers: Slices that are read at the same time.
        """
        make: Any = self.kit.sandbox
        sandbox = make(story or self.story, Clock(now or self.kit.now))
        with open_bench(tap or self.kit.tap, sandbox, home or self._new_home(), workers=workers) as bench:
            yield bench

    @contextmanager
    def loaded(self, now: datetime | None = None, **more: Any) -> Iterator[Bench]:
        """Open a bench that is connected and has read everything.

        Raises:
            SkipTest: if the tap cannot do that; `loading` says so.
        """
        with self.bench(now, **more) as bench:
            load(bench)
            yield bench

    @contextmanager
    def resumed(self, home: Path | None = None, **more: Any) -> Iterator[Bench]:
        """Open a bench some days after a copied ledger, or the one in ``home``, was last read, and connect it again."""
        if home is None:
            home = self._new_home()
            shutil.copytree(self._early_home, home, dirs_exist_ok=True)
        with self.bench(home=home, **more) as bench:
            bench.connect()
            yield bench

    @cached_property
    def failures(self) -> dict[str, str]:
        """What goes wrong when the whole story is read, by stream; ``account`` where it cannot even be connected."""
        with self.bench() as bench:
            try:
                bench.connect()
                return {stream: str(error) for stream, error in bench.sync().errors.items()}
            except KpitapsError as error:
                return {ACCOUNT: str(error)}

    @cached_property
    def first(self) -> Bench:
        """A bench that has read the whole story in one go. Checks leave its clock and its faults alone.

        Raises:
            SkipTest: if the tap cannot do that.
        """
        return self._stack.enter_context(self.loaded())

    @cached_property
    def resumed_content(self) -> Content:
        """What the ledger holds after some days were added to it at once, with nothing in the way."""
        with self.resumed() as bench:
            read(bench)
            return bench.file.content()

    @cached_property
    def _early_home(self) -> Path:
        with self.loaded(self.early) as bench:
            return bench.home

    def _new_home(self) -> Path:
        home = self._folder / str(next(self._numbers))
        home.mkdir()
        return home


def load(bench: Bench) -> None:
    """Connect a bench and read everything.

    Raises:
        SkipTest: if the tap cannot do that.
    """
    try:
        bench.connect()
    except KpitapsError as error:
        unjudged(f"the account cannot be connected: {error}")
    read(bench)


def read(bench: Bench) -> None:
    """Read all that is new.

    Raises:
        SkipTest: if the tap cannot do that.
    """
    if errors := bench.sync().errors:
        unjudged(f"the tap does not get through its sandbox: {'; '.join(map(str, errors.values()))}")
