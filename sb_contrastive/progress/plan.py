"""The training steps that an experiment expects, and the time that the rest of them takes."""

import dataclasses
import time


@dataclasses.dataclass
class Work:
    """One training run: its stage, its kind (runs of a kind cost alike), its
    steps, and the amount of audio in each."""

    stage: str
    kind: str
    steps: int
    audio: int = 1
    done: int = 0
    lead: float | None = None  # seconds before its first step was seen
    first: int = 0  # steps that were done by then
    since: float = 0.0
    seconds: float = 0.0  # of the steps after the first
    finished: bool = False

    @property
    def left(self):
        """Steps that are still to be done."""
        return 0 if self.finished else max(self.steps - self.done, 0)


class Plan:
    """Tells the time left from numbers of steps.

    A step of a kind costs what steps of this kind have cost so far. Of one that
    has not been seen yet, audio costs the mean of its stage, or of all. Before its
    first step a work takes as long as others took. All of it is corrected with
    each step, and the number of steps by the loader of the data.

    Arguments
    ---------
    clock : callable
        () -> seconds.

    Example
    -------
    >>> seconds = iter([0.0, 1.0, 3.0, 3.0])
    >>> plan = Plan(clock=lambda: next(seconds))
    >>> plan.expect("pretrain", "pretrain", 5)
    >>> plan.begin("pretrain", "pretrain")
    >>> plan.at(1, 5)
    >>> plan.at(2, 5)
    >>> plan.seconds_left()  # three steps of two seconds
    6.0
    """

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.works, self.work = [], None
        self.at_once = {}  # stage: runs that go on side by side
        self.boundary = None

    def expect(self, stage, kind, steps, audio=1):
        """Note a training run that will come."""
        self.works.append(Work(stage, kind, steps, audio))

    def begin(self, stage, kind):
        """Begin the first run of this stage and kind that was expected."""
        waiting = [
            w
            for w in self.works
            if (w.stage, w.kind) == (stage, kind) and not w.finished
        ]
        self.work = waiting[0] if waiting else Work(stage, kind, 0)
        if not waiting:
            self.works.append(self.work)
        if self.boundary is None:
            self.boundary = self.clock()

    def at(self, done, steps):
        """Note how far the run under way is.

        Arguments
        ---------
        done, steps : int
            Steps that are done, of all of this run.
        """
        work, now = self.work, self.clock()
        work.done, work.steps = done, steps
        if work.lead is None:
            work.lead, work.first = now - self.boundary, done
            work.since = now
        work.seconds = now - work.since

    def end(self):
        """End the run under way."""
        self.work.finished = True
        self.work, self.boundary = None, self.clock()

    def end_last(self, stage, count):
        """End runs of a stage that were expected last: another process has done
        them."""
        waiting = [
            w
            for w in self.works
            if w.stage == stage and not w.finished and w is not self.work
        ]
        for work in waiting[len(waiting) - count :]:
            work.finished = True

    def end_stage(self, stage):
        """Expect nothing more of a stage."""
        for work in self.works:
            if work.stage == stage:
                work.finished = True
        self.boundary = None

    def steps_of(self, stage):
        """Return the steps of a stage that are done, and all of them."""
        own = [w for w in self.works if w.stage == stage]
        return sum(w.done for w in own), sum(w.steps for w in own)

    def seconds_left(self, stage=None):
        """Return the seconds that the rest takes, of a stage or of all; None
        before a step could be measured."""
        if not self._measured(lambda w: True):
            return None
        work = self.work
        late = self.clock() - work.since - work.seconds if work else 0.0
        left = -late if work and work.lead is not None else 0.0
        costs, leads = {}, {}
        for w in self.works:
            if stage in (None, w.stage) and not w.finished:
                kind = w.stage, w.kind
                if kind not in costs:
                    costs[kind], leads[kind] = self._cost(w), self._lead(w)
                if w is work:
                    left += w.left * costs[kind]
                    continue
                cost = w.left * costs[kind]
                if w.lead is None:
                    cost += leads[kind]
                left += cost / self.at_once.get(w.stage, 1)
        return max(left, 0.0)

    def _cost(self, work):
        """Return the seconds of one step."""
        for alike in (
            lambda w: (w.stage, w.kind) == (work.stage, work.kind),
            lambda w: w.stage == work.stage,
            lambda w: True,
        ):
            seen = self._measured(alike)
            if seen:
                audio = sum((w.done - w.first) * w.audio for w in seen)
                return work.audio * sum(w.seconds for w in seen) / audio

    def _lead(self, work):
        """Return the seconds that pass before a run has done its first step."""
        known = [w for w in self.works if w.lead is not None]
        own = [w for w in known if w.stage == work.stage] or known
        return sum(w.lead for w in own) / len(own)

    def _measured(self, alike):
        return [w for w in self.works if w.done > w.first and alike(w)]
