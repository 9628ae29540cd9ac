"""The command line of training: arguments in, messages and the exit code out; other modules do the work.

What a command needs is imported when it runs: torch takes seconds, and `validate` can do without.
"""

# ruff: noqa: PLC0415 - see above

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from hadath.errors import HadathError

OK, FAILED, INTERRUPTED = 0, 2, 130
_ONTOLOGY = Path("data/ontology.yaml")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Usage errors leave by SystemExit(2), as argparse does."""
    arguments = _parsed(argv)
    _log_to_stderr()
    try:
        return int(arguments.run(arguments))
    except (HadathError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("training: interrupted", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(("hadath", "training")):
            raise
        print(f"training: {error.name} is not installed: pip install '.[train]' in the checkout", file=sys.stderr)
        return FAILED


def _fit(arguments: argparse.Namespace) -> int:
    from .config import load_config
    from .fit import fit

    config = load_config(arguments.config, arguments.overrides)
    print(f"run: {fit(config, resume=arguments.resume)}")
    return OK


def _evaluate(arguments: argparse.Namespace) -> int:
    from .evaluate import evaluate_bundle

    evaluate_bundle(
        arguments.bundle,
        arguments.data,
        report=arguments.report,
        json_file=arguments.json,
        record=arguments.record,
        altered=arguments.robustness,
        by=arguments.by,
    )
    return OK


def _export(arguments: argparse.Namespace) -> int:
    from hadath.errors import ConfigError
    from hadath.windows import WindowSize

    from .export import export

    try:
        window = WindowSize(max_length=arguments.window[0], overlap=arguments.window[1]) if arguments.window else None
    except ValueError as error:
        raise ConfigError(f"--window: {error}") from error
    report = export(
        arguments.run_folder,
        arguments.out,
        int8=not arguments.float32,
        spared=arguments.spare,
        with_weights=arguments.with_weights,
        window=window,
    )
    print(report)
    return OK


def _card(arguments: argparse.Namespace) -> int:
    from .card import write_card

    print(f"card: {write_card(arguments.bundle, arguments.notes, arguments.copy)}")
    return OK


def _compare(arguments: argparse.Namespace) -> int:
    from .compare import run

    return run(arguments.run_folders)


def _mine(arguments: argparse.Namespace) -> int:
    from .mine import run

    return run(arguments.run_folders, arguments.confidence, arguments.out)


def _agree(arguments: argparse.Namespace) -> int:
    from .agree import run

    return run(arguments.first, arguments.second, arguments.ontology)


def _validate(arguments: argparse.Namespace) -> int:
    from .data.validate import run

    return run(arguments.paths, arguments.ontology)


def _stats(arguments: argparse.Namespace) -> int:
    from .data.stats import run

    return run(arguments.paths, arguments.ontology, arguments.plot)


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Overrides may also follow an option, where argparse does not look for them."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if rest and not (arguments.run is _fit and all("=" in each and not each.startswith("-") for each in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        arguments.overrides += rest
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Make a model for hadath.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="train a model from a config")
    fit.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file, such as configs/default.yaml")
    fit.add_argument("overrides", nargs="*", metavar="key=value", help="such as trainer.learning_rate=1e-4")
    fit.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    fit.set_defaults(run=_fit)

    evaluate = commands.add_parser("evaluate", help="score a bundle on annotated documents")
    evaluate.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle's folder")
    evaluate.add_argument("data", type=Path, nargs="+", metavar="DATA", help="markup files, JSONL files, or folders")
    evaluate.add_argument("--report", type=Path, metavar="FILE", help="write an HTML report (it quotes the texts)")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON")
    evaluate.add_argument("--record", metavar="NAME", help="keep the figures in the bundle under NAME")
    evaluate.add_argument("--robustness", action="store_true", help="also score the documents altered in seven ways")
    evaluate.add_argument("--by", metavar="FIELD", help="also score by a field of the documents, such as region")
    evaluate.set_defaults(run=_evaluate)

    export = commands.add_parser("export", help="make a bundle of a finished run")
    export.add_argument("run_folder", type=Path, metavar="RUN", help="the folder that `fit` named")
    export.add_argument("out", type=Path, metavar="OUT", help="the bundle's folder, which must not exist yet")
    export.add_argument("--float32", action="store_true", help="keep float32 weights instead of INT8")
    export.add_argument(
        "--spare", type=_count, default=1, metavar="N", help="products that INT8 leaves out; default: 1"
    )
    export.add_argument("--with-weights", action="store_true", help="add the torch weights, for --device cuda")
    export.add_argument("--window", type=int, nargs=2, metavar=("LENGTH", "OVERLAP"), help="of reading, in sub-words")
    export.set_defaults(run=_export)

    card = commands.add_parser("card", help="write a bundle's model card of your notes and the figures it carries")
    card.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle's folder")
    card.add_argument("notes", type=Path, metavar="NOTES", help="Markdown, such as configs/card.md")
    card.add_argument("--copy", type=Path, metavar="FILE", help="write it there as well")
    card.set_defaults(run=_card)

    compare = commands.add_parser("compare", help="put finished runs side by side, as a Markdown table")
    compare.add_argument("run_folders", type=Path, nargs="+", metavar="RUN", help="a folder that `fit` named")
    compare.set_defaults(run=_compare)

    _add_annotation_commands(commands)
    return parser


def _add_annotation_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Those that judge annotations and not models."""
    mine = commands.add_parser("mine", help="list where finished runs confidently disagree with their dev documents")
    mine.add_argument("run_folders", type=Path, nargs="+", metavar="RUN", help="a folder that `fit` named")
    mine.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSON lines (they quote the texts)")
    mine.add_argument("--confidence", type=float, default=0.9, metavar="P", help="of the model, at least; default: 0.9")
    mine.set_defaults(run=_mine)

    agree = commands.add_parser("agree", help="compare two annotations of the same texts, as a Markdown table")
    agree.add_argument("first", type=Path, metavar="FIRST", help="markup, documents, or stand-off annotations")
    agree.add_argument("second", type=Path, metavar="SECOND", help="the same texts, annotated again")
    _add_ontology(agree)
    agree.set_defaults(run=_agree)

    validate = commands.add_parser("validate", help="check annotated files and say where each fault is")
    _add_paths(validate)
    _add_ontology(validate)
    validate.set_defaults(run=_validate)

    stats = commands.add_parser("stats", help="count what annotated files hold, as Markdown tables")
    _add_paths(stats)
    _add_ontology(stats)
    stats.add_argument("--plot", type=Path, metavar="FILE", help="also draw the counts of types and roles, as SVG")
    stats.set_defaults(run=_stats)


def _count(argument: str) -> int:
    if not argument.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 on, got {argument!r}")
    return int(argument)


def _add_paths(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="markup files, JSONL files, folders")


def _add_ontology(command: argparse.ArgumentParser) -> None:
    command.add_argument("--ontology", type=Path, default=_ONTOLOGY, metavar="FILE", help=f"default: {_ONTOLOGY}")


def _log_to_stderr() -> None:
    """Show what training says of its progress; other libraries keep to their warnings."""
    logger = logging.getLogger(__package__)
    logger.setLevel(logging.INFO)
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
