"""Runs an encoder on the audio of files, and names the file where it fails."""


def encode_audio(encoder, wavs, rows):
    """Embed waveforms.

    Arguments
    ---------
    encoder : UtteranceEncoder
        In evaluation mode.
    wavs : torch.Tensor
        [B, S], on the device of the encoder.
    rows : list of dict
        The manifest rows that they are of.

    Returns
    -------
    torch.Tensor
        Embeddings [B, D].

    Raises
    ------
    ValueError
        When the network cannot, for instance since the audio is too short or the
        memory too small for it.

    Example
    -------
    >>> import torch
    >>> network = torch.nn.Conv1d(1, 2, kernel_size=400)
    >>> encode_audio(network, torch.zeros(1, 300), [{"wav": "a.wav"}])
    Traceback (most recent call last):
    ...
    ValueError: the network cannot embed 300 samples of a.wav: ...
    """
    try:
        return encoder(wavs)
    except RuntimeError as error:
        raise ValueError(
            f"the network cannot embed {wavs.shape[-1]} samples of "
            f"{rows[0]['wav']}: {str(error).splitlines()[0]}"
        ) from error
