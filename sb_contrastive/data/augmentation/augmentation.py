"""Changes speed, reverberates and adds noise; draws for each crop on its own, computes on the whole batch at once."""

import math

import torch

from sb_contrastive.data.augmentation.mixing import (
    RoomSpectra,
    noise_gain,
    reverberated,
    stretch,
)
from sb_contrastive.data.augmentation.noise import (
    KINDS,
    musan_bank,
    synthesised_bank,
)
from sb_contrastive.data.augmentation.rooms import (
    recorded_rooms,
    simulated_rooms,
)
from sb_contrastive.data.augmentation.speed import change_speed
from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.ranges import Count, NotNegative, Positive, Share

SPEED_OF = ("utterance", "crop")


class Augmentation(torch.nn.Module):
    """Changes the speed, reverberates, then adds noise; the last two happen each
    with its own probability (Cho et al. 2022). SpeechBrain's augmenters draw
    once per batch; here every crop has its own room, noise and signal-to-noise
    ratio, which depend on (seed, epoch, utterance, view) alone.

    Call `prepare` once before training: it fills the banks. Noise and rooms of
    recordings are drawn anew in each epoch, a function of (seed, epoch);
    synthesised ones stay.

    Arguments
    ---------
    seed : int
        Seed of the experiment.
    reverb_probability : float
        Share of crops that are reverberated.
    noise_probability : float
        Share of crops that get noise, music or babble, equally likely.
    exclusive : bool
        Whether a crop that is reverberated gets no noise; then
        `noise_probability` is the share of the others.
    snr : dict of str to list of float
        Lowest and highest signal-to-noise ratio in dB of each kind.
    speeds : list of float, optional
        Slowest and fastest playback, e.g. [0.8, 1.25], drawn uniformly on a
        logarithmic scale: pitch and formants move along, so that it sounds
        like another speaker.
    speed_of : str
        "utterance": all crops of an utterance have one speed in an epoch, and
        remain one voice; "crop": each has its own, so that two crops of one
        utterance share what was said and how, but not who said it.
    musan_folder : str, optional
        MUSAN; noise is synthesised when absent.
    rir_folder : str, optional
        Room impulse responses; rooms are simulated when absent.
    clips : int, optional
        Clips of noise, of music and of babble in the bank; the default of
        `musan_bank` or `synthesised_bank` when absent.
    responses : int, optional
        Rooms in the bank; the default of `recorded_rooms` or `simulated_rooms`
        when absent.
    room_shares : dict of str to float, optional
        See `recorded_rooms`.
    renewed : bool
        Whether recordings are drawn anew in each epoch; else those of the first
        stay.

    Example
    -------
    >>> augment = Augmentation(seed=1986, noise_probability=0.0)
    >>> augment.prepare(rows=[])
    >>> wavs = torch.randn(2, 8000)
    >>> augment(wavs, ["a", "b"], views=[0, 0], epoch=1).shape
    torch.Size([2, 8000])
    """

    def __init__(
        self,
        seed,
        reverb_probability: Share = 0.45,
        noise_probability: Share = 0.7,
        exclusive=False,
        snr=None,
        speeds: list[Positive] | None = None,
        speed_of="utterance",
        musan_folder: str | None = None,
        rir_folder: str | None = None,
        clips: Count | None = None,
        responses: Count | None = None,
        room_shares: dict[str, NotNegative] | None = None,
        renewed: bool = True,
    ):
        super().__init__()
        for kind in snr or {}:
            if kind not in KINDS:
                raise ValueError(
                    f"snr has no kind {kind!r}; the kinds are {', '.join(KINDS)}"
                )
        if speed_of not in SPEED_OF:
            raise ValueError(
                f"speed_of is one of {', '.join(SPEED_OF)}, got {speed_of!r}"
            )
        self.seed = seed
        self.speed_of = speed_of
        self.reverb_probability = reverb_probability
        self.noise_probability = noise_probability
        self.exclusive = exclusive
        self.speeds = speeds
        self.snr = {
            "noise": [0, 18],
            "music": [3, 18],
            "babble": [3, 18],
            **(snr or {}),
        }
        self.musan_folder, self.rir_folder = musan_folder, rir_folder
        self.renewed, self.epoch = renewed, 1
        self.bank_options = given(clips=clips)
        self.room_options = given(rooms=responses)
        self.recorded_options = given(shares=room_shares)
        # Rebuilt from the seed at each start, hence in no checkpoint
        self.register_buffer("noises", None, persistent=False)
        self.register_buffer("rooms", None, persistent=False)
        self.spectra = None  # of these rooms

    def prepare(self, rows, device="cpu"):
        """Fills the banks of noise and rooms.

        Arguments
        ---------
        rows : list of dict
            Manifest rows of the training part: the voices of synthesised babble.
        device : str or torch.device
            Where training happens.
        """
        if self.reverb_probability > 0 and not self.rir_folder:
            rooms = simulated_rooms(self.seed, **self.room_options)
            self.rooms = rooms.to(device)
        if self.noise_probability > 0 and not self.musan_folder:
            bank = synthesised_bank(rows, self.seed, **self.bank_options)
            self.noises = bank.to(device)
        self._read(1, device)

    def _read(self, epoch, device):
        """Fill the banks of recordings for an epoch."""
        if self.reverb_probability > 0 and self.rir_folder:
            self.rooms = recorded_rooms(
                self.rir_folder,
                self.seed,
                epoch=epoch,
                **self.room_options,
                **self.recorded_options,
            ).to(device)
        if self.noise_probability > 0 and self.musan_folder:
            self.noises = musan_bank(
                self.musan_folder, self.seed, epoch=epoch, **self.bank_options
            ).to(device)
        self.epoch = epoch

    @torch.no_grad()
    def forward(self, wavs, utterances, views, epoch):
        """Augments a batch of crops.

        Arguments
        ---------
        wavs : torch.Tensor
            Crops [N, S].
        utterances : list of str
            ID of the utterance each crop is from, N in all.
        views : list of int
            Number of the crop within its utterance.
        epoch : int
            Epoch, the third part of the key.

        Returns
        -------
        torch.Tensor
            [N, S]; the input is left unchanged.
        """
        for share, bank in (
            (self.reverb_probability, self.rooms),
            (self.noise_probability, self.noises),
        ):
            if share > 0 and bank is None:
                raise RuntimeError(
                    "the augmentation has no noise or no rooms yet: call "
                    "`prepare(rows)` of the Brain, or of the augmentation, before"
                )
        if self.renewed and epoch != self.epoch:
            bank = self.noises if self.rooms is None else self.rooms
            self._read(epoch, wavs.device if bank is None else bank.device)
        draws = [
            self._draw(utterance, view, epoch)
            for utterance, view in zip(utterances, views)
        ]
        if self.speeds is not None:
            wavs = change_speed(wavs, [d["speed"] for d in draws])
        wavs = self._reverberate(wavs, [d["room"] for d in draws])
        return self._add_noise(wavs, draws)

    def _draw(self, utterance, view, epoch):
        """Draws what happens to one crop."""
        rng = keyed_generator(self.seed, epoch, utterance, view, "augment")
        draw = {"room": None, "kind": None}
        if rng.random() < self.reverb_probability:
            draw["room"] = int(rng.integers(len(self.rooms)))
        noisy = rng.random() < self.noise_probability
        if noisy and not (self.exclusive and draw["room"] is not None):
            kind = int(rng.integers(len(KINDS)))
            draw["kind"] = kind
            draw["clip"] = int(rng.integers(self.noises.shape[1]))
            draw["offset"] = int(rng.integers(self.noises.shape[2]))
            draw["snr"] = float(rng.uniform(*self.snr[KINDS[kind]]))
        if self.speeds is not None:
            low, high = self.speeds
            voice = view if self.speed_of == "crop" else None
            rng = keyed_generator(self.seed, epoch, utterance, voice, "speed")
            draw["speed"] = float(low * (high / low) ** rng.random())
        return draw

    def _reverberate(self, wavs, rooms):
        """Puts each crop that has a room into it."""
        rows = [i for i, room in enumerate(rooms) if room is not None]
        if not rows:
            return wavs
        if self.spectra is None or self.spectra.responses is not self.rooms:
            self.spectra = RoomSpectra(self.rooms)
        spectra = self.spectra.of([rooms[i] for i in rows], wavs.shape[1])
        out = wavs.clone()
        out[rows] = reverberated(wavs[rows], spectra)
        return out

    def _add_noise(self, wavs, draws):
        """Adds a stretch of a clip to each crop that gets noise."""
        rows = [i for i, d in enumerate(draws) if d["kind"] is not None]
        if not rows:
            return wavs
        noise, snr = torch.zeros_like(wavs), [math.inf] * len(wavs)
        for i in rows:
            draw = draws[i]
            clip = self.noises[draw["kind"], draw["clip"]]
            stretch(clip, draw["offset"], noise[i])
            snr[i] = draw["snr"]
        # Without noise the ratio is infinite, and the gain 0
        snr = torch.tensor(snr, device=wavs.device, dtype=wavs.dtype)
        return wavs.addcmul(noise_gain(wavs, noise, snr)[:, None], noise)


def given(**options):
    """Keep the options that were given: the defaults of others stand elsewhere."""
    return {name: x for name, x in options.items() if x is not None}
