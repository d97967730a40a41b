"""`python -m fer_core map RUN_ID`: lays faces out by what a network sees in them."""

import os
from typing import Annotated

import typer

from fer_core.cli.options import DataDir, RunId
from fer_core.cli.progress import StageBar
from fer_core.data import fer2013
from fer_core.evaluation.face_map import FILE_NAME, Method, lay_out, write
from fer_core.runs.store import get_run
from fer_core.terminal import console


def face_map(
    run_id: RunId,
    method: Annotated[
        Method,
        typer.Option(help="tsne keeps neighbours together, takes minutes; pca takes seconds."),
    ] = Method.TSNE,
    seed: Annotated[int, typer.Option(min=0, help="Of the layout.")] = 0,
    data_dir: DataDir = None,
) -> None:
    """Lays out validation and test faces by the network's features, for the Evaluation page.

    Needs a network that ends in global average pooling, as compact and tiny do, and the
    data set. The map is kept in the run folder (map.npz).
    """
    run, dataset = get_run(run_id), fer2013.load(data_dir)
    threads = os.cpu_count() or 1
    with StageBar() as bar:
        made = lay_out(
            run, dataset, method=method, seed=seed, threads=threads, progress=bar.advance
        )
    write(run, made)
    size = (run.folder / FILE_NAME).stat().st_size
    console.print(
        f"Wrote {run.folder / FILE_NAME}: {len(made.path):,} faces, {size / 1e3:.0f} kB",
        soft_wrap=True,
    )
