"""The command line, `hadath tag FILE…`: arguments in, messages and the exit code out; other modules do the work."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from hadath.errors import HadathError
from hadath.ontology import Ontology
from hadath.schema import Document
from hadath.version import version

from . import html, jsonl, table
from .api import check_threshold, load_tagger
from .output import opened
from .readers import STDIN, Fields, Record, Rejected, read

Renderer = Callable[[Iterable[Document], Ontology], Iterator[str]]
RENDERERS: dict[str, Renderer] = {"table": table.render, "jsonl": jsonl.render, "html": html.render}

OK, SOME_REJECTED, FAILED, INTERRUPTED = 0, 1, 2, 130

_DESCRIPTION = "Find security events in Arabic news: who did what to whom, with what, where and when."
_EPILOG = """\
formats:
  table   for reading in a terminal: a line for each event and each argument
  jsonl   for programs: one JSON document a line, as it is tagged
  html    for reading in a browser: the article with its events marked, and a table of them

exit code: 0 all records tagged, 1 some rejected (each is named on standard error), 2 nothing could be done
"""


class _Tally:
    """Hands on the documents among the records; counts them, and reports the others on standard error."""

    def __init__(self) -> None:
        self.accepted = self.rejected = 0

    def documents(self, records: Iterable[Record]) -> Iterator[Document]:
        for record in records:
            if isinstance(record, Rejected):
                self.rejected += 1
                _say(str(record))
            else:
                self.accepted += 1
                yield record


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Usage errors leave by SystemExit(2), as argparse does."""
    arguments = _parser().parse_args(argv)
    try:
        return _tag(arguments)
    except HadathError as error:
        _say(f"hadath: {error}")
        return FAILED
    except KeyboardInterrupt:
        _say("hadath: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit fails again
        return OK
    except OSError as error:
        _say(f"hadath: {error}")
        return FAILED


def _tag(arguments: argparse.Namespace) -> int:
    if STDIN in arguments.files and sys.stdin.isatty():
        _say("hadath: reading from the terminal; Ctrl-D ends the text")
    fields = Fields(text=arguments.text_field, id=arguments.id_field)
    records = read(arguments.files, format=arguments.input, fields=fields)
    tagger = load_tagger(arguments.model, arguments.device)
    tally = _Tally()
    tagged = tagger.tag_all(tally.documents(records), threshold=arguments.threshold)
    with opened(arguments.out) as stream:
        for part in RENDERERS[arguments.format](tagged, tagger.ontology):
            stream.write(part)
            stream.flush()
    if not tally.rejected:
        return OK
    _say(f"read {tally.accepted + tally.rejected} = tagged {tally.accepted} + rejected {tally.rejected}")
    return SOME_REJECTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hadath", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"hadath {version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
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
    tag.add_argument("--model", type=Path, metavar="BUNDLE", help="a model bundle's folder (default: the shipped one)")
    tag.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu; cuda needs hadath[gpu]")
    tag.add_argument("--threshold", type=_threshold, metavar="X", help="least score of what is shown, 0 to 1")
    tag.add_argument("--input", choices=("txt", "jsonl"), help="format of all inputs (default: by suffix; - is txt)")
    tag.add_argument("--text-field", default="text", metavar="NAME", help="JSON field with the text (default: text)")
    tag.add_argument("--id-field", default="id", metavar="NAME", help="JSON field with the id (default: id)")
    return parser


def _threshold(argument: str) -> float:
    try:
        threshold = float(argument)
        check_threshold(threshold)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {argument!r}") from None
    return threshold


def _say(message: str) -> None:
    print(table.visible(message), file=sys.stderr, flush=True)
