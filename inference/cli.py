"""The command line, `hadath tag FILE…`: arguments in, messages and the exit code out; other modules do the work."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hadath.calibration import MinScore
from hadath.errors import HadathError, InputError
from hadath.ontology import Ontology
from hadath.schema import Document
from hadath.version import version

from . import html, jsonl, table
from .api import load_tagger
from .output import opened, say
from .readers import STDIN, Fields, Record, Rejected, read

Renderer = Callable[[Iterable[Document], Ontology], Iterator[str]]
RENDERERS: dict[str, Renderer] = {"table": table.render, "jsonl": jsonl.render, "html": html.render}

_Commands = Any  # argparse gives the class of its sub-commands no public name

# Which extra brings a package.
_EXTRAS = {"pyarrow": "batch", "tqdm": "batch", "ray": "ray"}

OK, SOME_REJECTED, FAILED, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = "Find security events in Arabic news: who did what to whom, with what, where and when."
_EPILOG = """\
formats:
  table   for reading in a terminal: a line for each event and each argument
  jsonl   for programs: one JSON document a line, as it is tagged
  html    for reading in a browser: the article with its events marked, and a table of them

exit code: 0 all records tagged, 1 some rejected (each is named on standard error), 2 nothing could be done
"""

_BATCH_EPILOG = """\
in DIR:
  part-000000.jsonl …        the rows of 500 articles each (--part-size)
  quarantine-000000.jsonl …  records that could not be tagged: where each stands, and why
  manifest.json, _done/      which job this is, and which parts are finished: started again, it goes on from there
  summary.json               the counts, when all is done

exit code: 0 all records tagged, 1 some quarantined, 2 stopped by an error, 130 by Ctrl-C
"""


class _Tally:
    """Hands on the documents among the records; counts them, and reports the others on standard error."""

    def __init__(self) -> None:
        self.accepted = self.rejected = 0

    def documents(self, records: Iterable[Record]) -> Iterator[Document]:
        for record in records:
            if isinstance(record, Rejected):
                self.rejected += 1
                say(str(record))
            else:
                self.accepted += 1
                yield record


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Usage errors leave by SystemExit(2), as argparse does."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (HadathError, OSError) as error:
        say(f"hadath: {error}")
        return FAILED
    except KeyboardInterrupt:
        say("hadath: interrupted")
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        extra = "ray" if error.name == "ray" else "batch"
        say(f"hadath: {error.name} is not installed: pip install '.[{extra}]' in the checkout")
        return FAILED


def _tag(arguments: argparse.Namespace) -> int:
    if STDIN in arguments.files and sys.stdin is None:
        raise InputError("standard input is closed; name files, or pipe a text in")
    if STDIN in arguments.files and sys.stdin.isatty():
        say("hadath: reading from the terminal; Ctrl-D ends the text")
    fields = Fields(text=arguments.text_field, id=arguments.id_field)
    records = read(arguments.files, format=arguments.input, fields=fields)
    # Standard input may be a pipe that stays open: what comes is tagged at once, and nothing read ahead.
    tagger = load_tagger(arguments.model, arguments.device, threads=1 if STDIN in arguments.files else None)
    tally = _Tally()
    tagged = tagger.tag_all(tally.documents(records), min_score=arguments.min_score)
    try:
        with opened(arguments.out) as stream:
            for part in RENDERERS[arguments.format](tagged, tagger.ontology):
                stream.write(part)
                stream.flush()
    except BrokenPipeError:
        if arguments.out:
            raise
        # The reader, `head` perhaps, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit fails again
        return OK
    if not tally.rejected:
        return OK
    say(f"read {tally.accepted + tally.rejected} = tagged {tally.accepted} + rejected {tally.rejected}")
    return SOME_REJECTED


def _batch(arguments: argparse.Namespace) -> int:
    from .batch.command import run  # noqa: PLC0415 - pyarrow is an extra

    return SOME_REJECTED if run(arguments).quarantined_in_all else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hadath", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"hadath {version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_tag(commands)
    _add_batch(commands)
    return parser


def _add_tag(commands: _Commands) -> None:
    tag = commands.add_parser(
        "tag",
        help="tag files or standard input",
        description="Tag texts: .txt files, one article each, and .jsonl files, one article a line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tag.add_argument("files", nargs="*", default=[STDIN], metavar="FILE", help="files; - is standard input (default)")
    tag.add_argument("--format", choices=RENDERERS, default="table", help="of the output, see below (default: table)")
    tag.add_argument("--out", type=Path, metavar="FILE", help="write there instead of to standard output")
    tag.add_argument("--input", choices=("txt", "jsonl"), help="format of all inputs (default: by suffix; - is txt)")
    _add_common(tag)
    tag.set_defaults(run=_tag)


def _add_batch(commands: _Commands) -> None:
    batch = commands.add_parser(
        "batch",
        help="tag any number of articles into a folder, and go on after a stop",
        description="Tag files and folders of .txt, .jsonl, .csv and .parquet into parts in a folder.",
        epilog=_BATCH_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    batch.add_argument("inputs", nargs="+", metavar="INPUT", help="files, folders, or URIs such as s3://bucket/news")
    batch.add_argument("--out", required=True, metavar="DIR", help="folder for the parts, local or a URI")
    batch.add_argument("--format", choices=("jsonl", "parquet"), default="jsonl", help="of the parts (default: jsonl)")
    batch.add_argument("--rows", choices=("documents", "events"), default="documents", help="a row for each of them")
    batch.add_argument("--keep", nargs="+", default=[], metavar="FIELD", help="fields with a column in rows of events")
    batch.add_argument("--part-size", type=_whole, default=500, metavar="N", help="articles in a part (default: 500)")
    batch.add_argument("--workers", type=_whole, metavar="N", help="processes (default: one for each core)")
    batch.add_argument("--engine", choices=("local", "ray"), default="local", help="ray: a cluster; default: local")
    _add_common(batch)
    batch.set_defaults(run=_batch)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="BUNDLE", help="a shipped bundle's name, or a folder (default: default)")
    command.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu; cuda needs the extra gpu"
    )
    command.add_argument(
        "--min-score",
        type=_min_score,
        metavar="X",
        help="least score of what is kept, 0 to 1, or one for event types and roles (Attack=0.8,Place=0.5), in place "
        "of the model's own thresholds; 0 shows all that was found",
    )
    command.add_argument("--text-field", default="text", metavar="NAME", help="field with the text (default: text)")
    command.add_argument("--id-field", default="id", metavar="NAME", help="field with the id (default: id)")


def _whole(argument: str) -> int:
    if not argument.isdecimal() or int(argument) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {argument!r}")
    return int(argument)


def _min_score(argument: str) -> MinScore:
    """X, or NAME=X,NAME=X; which names there are, the model knows."""
    named = "=" in argument
    pairs = [part.rpartition("=")[::2] for part in argument.split(",")]
    try:
        scores = {name.strip(): float(value) for name, value in pairs}
    except ValueError:
        scores = {}
    if len(scores) < len(pairs) or named == ("" in scores) or not all(0 <= each <= 1 for each in scores.values()):
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, or NAME=number,…, got {argument!r}")
    return scores if named else scores[""]
