"""One live line on a terminal, or plain lines at sensible intervals, for whatever runs."""

import contextlib
import sys
import time

from tqdm import tqdm

from sb_contrastive.progress.duration import duration
from sb_contrastive.progress.log_lines import log_lines
from sb_contrastive.progress.plan import Plan
from sb_contrastive.progress.told import ToldTime

REDRAWN = 0.5  # seconds between two looks of the live line
SOONEST = 30.0  # seconds between two plain lines, at least
LINES = 6  # about as many plain lines tell of a stage
FORMAT = "{desc} |{bar:16}| {postfix}"
SILENT = "silent"


class Display:
    """Tells what runs.

    Nothing but the clock is read in a training step. The loss that is shown is
    the mean that SpeechBrain keeps of the epoch, which is on the CPU already.

    Arguments
    ---------
    volume : str
        "quiet": tables, warnings, errors; "normal"; "verbose": also what
        libraries say; "silent": nothing, where no program has asked for a
        display.
    live : bool
        Whether a terminal gets a live line.
    out, err : file, optional
        Where lines go, and where the live line may go; those of the process.
    clock : callable
        () -> seconds.
    """

    def __init__(
        self,
        volume=SILENT,
        live=True,
        out=None,
        err=None,
        clock=time.monotonic,
    ):
        self.volume, self.clock = volume, clock
        self.out, err = out or sys.stdout, err or sys.stderr
        speaks = volume not in (SILENT, "quiet")
        terminals = [s for s in (err, self.out) if s.isatty()]
        self.terminal = terminals[0] if live and speaks and terminals else None
        self.plain = speaks and not (self.terminal and self.out.isatty())
        self.plan = Plan(clock)
        self.names, self.result = [], None
        self.stage_begin = self.spoke = clock()
        self.place, self.loss, self._bar, self._drawn = "", None, None, 0.0
        self.losses = []  # the means of the epochs of the run under way
        self.told = ToldTime(clock) if speaks else None  # by one process alone

    @property
    def running(self):
        """Tells whether a program shows what runs, so that nobody else need do so."""
        return self.volume != SILENT

    def say(self, text):
        """Write a line with the time of day, unless it is to be quiet."""
        if self.volume not in (SILENT, "quiet"):
            self.stamped(text)

    def stamped(self, text):
        """Write text with the time of day, whatever the volume."""
        self.write(f"{time.strftime('%H:%M:%S')}  {text}")

    def write(self, text):
        """Write text above the live line and the bars, whatever the volume."""
        tqdm.write(text, file=self.out)
        self.out.flush()

    @contextlib.contextmanager
    def stage(self, name, number, count):
        """Within it, a stage runs; tell when it begins and ends.

        Arguments
        ---------
        name : str
            Of the stage.
        number, count : int
            Its number, from 1, among all.
        """
        begin, steps = self.clock(), self.plan.steps_of(name)[1]
        self.result, self.spoke, self.stage_begin = None, begin, begin
        expected = f", {steps} training steps" if steps else ""
        self.say(f"Stage {number} of {count}: {name}{expected}")
        with self.naming(name):
            yield
        self.plan.end_stage(name)
        result = f": {self.result}" if self.result else ""
        self.say(f"{name} ended after {duration(self.clock() - begin)}{result}")

    def expect(self, stage, kind, steps, audio=1):
        """Note a training run that will come, see `Plan`."""
        if self.running:
            self.plan.expect(stage, kind, steps, audio)

    @contextlib.contextmanager
    def naming(self, name):
        """Within it, what runs has one more name, e.g. fold 2 of 5; None adds
        none."""
        if name is None:
            yield
            return
        self.names.append(name)
        try:
            yield
        finally:
            self.names.pop()

    @contextlib.contextmanager
    def work(self, kind):
        """Within it, one training run goes on.

        Arguments
        ---------
        kind : str
            As in `Plan.expect`.
        """
        if not self.running:
            yield
            return
        self.plan.begin(self.names[0] if self.names else kind, kind)
        self.place, self.loss, self._drawn = "", None, 0.0
        self.losses = []
        try:
            yield
        finally:
            self._close()
            self.plan.end()

    def epoch(self, number, epochs, batches, limit=None):
        """Note that an epoch begins.

        Arguments
        ---------
        number, epochs : int
            Its number, from 1, and how many there are.
        batches : int
            Steps in each.
        limit : int, optional
            Steps after which training ends, in the midst of an epoch maybe.
        """
        self.before = (number - 1) * batches
        self.steps = min(epochs * batches, limit or epochs * batches)
        self.place = f"epoch {number} of {epochs}"

    def step(self, batch, loss):
        """Note a training step.

        Arguments
        ---------
        batch : int
            How many of this epoch are done.
        loss : float
            Their mean loss.
        """
        if not self.running or self.plan.work is None:
            return
        self.loss = loss
        self.plan.at(self.before + batch, self.steps)
        now = self.clock()
        if self.told is not None:
            self.told.write(self.plan.seconds_left)
        if self.terminal and now - self._drawn >= REDRAWN:
            self._drawn = now
            self._draw()
        if self.plain and now - self.spoke >= SOONEST:
            self._tell(now)

    def epoch_ended(self, loss):
        """Note the mean loss of an epoch."""
        if self.plan.work is not None:
            self.losses.append(float(loss))

    def where(self):
        """Return the names of what runs, and its epoch."""
        return ", ".join(filter(None, [*self.names, self.place]))

    def _tell(self, now):
        """Write a plain line, a sixth of the stage after the last."""
        stage = self.plan.work.stage
        left = self.plan.seconds_left(stage)
        whole = now - self.stage_begin + (left or 0.0)
        if left is None or now - self.spoke < whole / LINES:
            return
        self.spoke = now
        self.say(
            f"{self.where()}: loss {self.loss:.3f}; about {duration(left)} left "
            f"of this stage, {duration(self.plan.seconds_left())} of all training"
        )

    def _draw(self):
        """Draw the live line."""
        stage = self.plan.work.stage
        done, steps = self.plan.steps_of(stage)
        if self._bar is None:
            self._bar = tqdm(
                bar_format=FORMAT,
                file=self.terminal,
                dynamic_ncols=True,
                leave=False,
            )
        text = f"loss {self.loss:.3f}"
        left = self.plan.seconds_left(stage)
        if left is not None:
            everything = duration(self.plan.seconds_left())
            text += f", {duration(left)} left, of all {everything}"
        self._bar.total, self._bar.n = max(steps, 1), done
        self._bar.set_description_str(self.where(), refresh=False)
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.refresh()

    def _close(self):
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def losses(means):
    """Describe how a loss has changed.

    Arguments
    ---------
    means : list of float
        Of the epochs of this call, in order.

    Returns
    -------
    str or None
        None where there is no epoch.

    Example
    -------
    >>> losses([7.6, 5.0, 4.25])
    'mean loss 7.600 in the first epoch, 4.250 in the last of 3'
    """
    if not means:
        return None
    return (
        f"mean loss {means[0]:.3f} in the first epoch, {means[-1]:.3f} in the "
        f"last of {len(means)}"
    )


_displays = [Display(clock=lambda: 0.0)]


def current():
    """Return the display of this program; a silent one where there is none."""
    return _displays[-1]


@contextlib.contextmanager
def display(volume="normal", live=True, main=True):
    """Within it, what runs is shown, and log records become its lines.

    Arguments
    ---------
    volume : str
        "quiet", "normal" or "verbose".
    live : bool
        Whether a terminal gets a live line.
    main : bool
        Whether this is the main process; others are quiet.

    Yields
    ------
    Display

    Example
    -------
    >>> with display("quiet"):
    ...     current().say("Nobody reads this")
    """
    shown = Display(volume if main else "quiet", live)
    _displays.append(shown)
    try:
        with log_lines(shown.stamped, shown.volume):
            yield shown
    finally:
        shown._close()
        _displays.remove(shown)
