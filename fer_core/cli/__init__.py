"""The command line, `fer ...` or `python -m fer_core ...`: one module a command or group.

Commands parse and print; the packages beside this one compute and return.
"""

import os
import sys
from typing import NoReturn

import typer
from rich.console import Console

from fer_core import files, paths
from fer_core.cli.ablation import ablation
from fer_core.cli.bench import app as bench_app
from fer_core.cli.checkpoint_choice import checkpoint_choice
from fer_core.cli.data import app as data_app
from fer_core.cli.derive import ensemble, quantize
from fer_core.cli.evaluate import evaluate
from fer_core.cli.evaluate_folder import evaluate_folder
from fer_core.cli.face_map import face_map
from fer_core.cli.jobs import app as jobs_app
from fer_core.cli.live import app as live_app
from fer_core.cli.predict import predict
from fer_core.cli.report import card, report, results
from fer_core.cli.stopping import STOPPED
from fer_core.cli.sweep import sweep
from fer_core.cli.train import export, train
from fer_core.errors import FerError, install_hint
from fer_core.terminal import set_up_streams

app = typer.Typer(
    name="fer_core",
    help="Facial-expression recognition on FER2013: data, training, evaluation, prediction.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
USAGE = 2
"""Exit code where a command is used wrongly, as Click has it."""

commands = (
    *(train, export, sweep, ablation, checkpoint_choice),
    *(ensemble, quantize, evaluate, evaluate_folder),
    *(report, results, card, predict),
)
for command in commands:
    app.command()(command)
app.command("map")(face_map)
groups = {"data": data_app, "jobs": jobs_app, "live": live_app, "bench": bench_app}
for name, group in groups.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Runs the command line; an error of ours or of the disk becomes a sentence and exit code 1,
    or 2 where the command was wrong.
    """
    if sys.stdout is None:
        _fail("Standard output is closed, so nothing can be written. Open it.")
    set_up_streams()
    if "" in sys.argv[1:]:
        _fail("An argument is empty, as of a variable that is not set. Name what is meant.", USAGE)
    for problem in paths.problems():
        Console(stderr=True).print(problem, style="yellow", highlight=False, markup=False)
    try:
        app()
    except FerError as error:
        _fail(str(error), USAGE if error.wrong_use else 1)
    except OSError as error:
        _fail(files.explain(error))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("fer_core"):
            raise
        _fail(install_hint(error))
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped.", style="yellow")
        sys.exit(STOPPED)
    except SystemExit as end:
        if end.code == STOPPED:  # without waiting for what threads are at
            sys.stdout.flush()
            os._exit(STOPPED)
        raise


def _fail(message: str, code: int = 1) -> NoReturn:
    Console(stderr=True).print(message, style="red", highlight=False, markup=False)
    sys.exit(code)
