"""A million utterances start in little memory: what a row takes is measured."""

import tracemalloc

from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.preparation import check_and_write, rows_of

ROWS = 20_000


def test_memory_for_each_row(tmp_path, write_audio):
    wav = write_audio(tmp_path / "long.wav", 40_000)
    path = tmp_path / "mine.csv"
    with open(path, "w") as file:
        file.write("ID,duration,wav,start,stop,spk_id\n")
        for i in range(ROWS):
            start = i % 8000
            file.write(
                f"id{i % 700:05d}--abcdefghijk--{i:07d},2.0,{wav},"
                f"{start},{start + 32000},id{i % 700:05d}\n"
            )
    read_manifest(path)  # what is cached once is not kept for each row
    tracemalloc.start()
    rows = rows_of(str(path))
    kept = tracemalloc.get_traced_memory()[0] / ROWS
    check_and_write(rows, tmp_path / "out.csv")
    peak = tracemalloc.get_traced_memory()[1] / ROWS
    tracemalloc.stop()
    # 1.1 million rows and what is imported take less than 1 GB
    assert kept < 200
    assert peak < 330
    assert len(read_manifest(tmp_path / "out.csv")) == ROWS
