"""How fast hadath tags on this machine's CPU, beside the usual way, measured in one run: tables in Markdown.

    python -m benchmarks.inference TEXTS… [--words 200000] [--float32 BUNDLE] [--out FILE]

TEXTS are .txt files or folders of them; inline markup is taken off. Each row is measured in a process of its own.
BUNDLE is the default model in float32, as `python -m training export RUN BUNDLE --float32` makes it.
"""

import argparse
import json
import math
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from transformers import AutoModelForTokenClassification, BertConfig, PreTrainedTokenizerFast

from hadath.bundle import ENCODER_FILE, Bundle, bundle_folder
from hadath.version import version
from hadath.windows import load_tokenizer
from training.encoders import load_encoder

from .texts import read, repeated, words

LENGTHS = (100, 300, 1_000, 3_000, 10_000, 20_000)
WORKERS = (1, 2)
# As many as the joint model's trigger labels.
_LABELS = 55
# Far above every other logit of random weights.
_BIAS = 100.0


@dataclass(frozen=True)
class Row:
    """A row of the first table."""

    name: str
    words: int
    articles: int
    found: dict[str, float]

    @property
    def rate(self) -> float:
        """Words a second."""
        return self.words / self.found["seconds"]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Measure inference on the CPU.")
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXTS", help=".txt files, or folders of them")
    parser.add_argument("--words", type=int, default=200_000, help="that are tagged at least (default: 200000)")
    parser.add_argument("--float32", type=Path, metavar="BUNDLE", help="the same model in float32")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the tables there")
    options = parser.parse_args()
    texts = repeated(read(options.texts), options.words)
    with tempfile.TemporaryDirectory() as folder:
        lines = report(texts, options, Path(folder))
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", "utf-8")


def report(texts: list[str], options: argparse.Namespace, folder: Path) -> list[str]:
    """All tables."""
    default, fast = bundle_folder(), bundle_folder("fast")
    small, base = pipeline_model(folder / "small", None), pipeline_model(folder / "base", BertConfig())
    subjects: list[tuple[str, str, dict[str, Any]]] = [
        ("(a) transformers pipeline, float32, the same encoder", "pipeline", {"folder": str(small)}),
        ("(b) transformers pipeline, float32, BERT base", "pipeline", {"folder": str(base)}),
    ]
    if options.float32:
        subjects.append(("(c) hadath, float32", "tag", {"bundle": str(options.float32)}))
    subjects.append(("(d) hadath, INT8", "tag", {"bundle": str(default)}))
    subjects.append(("(e) hadath, INT8, fast bundle", "tag", {"bundle": str(fast)}))
    rows = []
    for name, kind, arguments in subjects:
        row = measured_row(name, texts, folder, kind, arguments)
        if kind == "tag":
            row.found["outside"] = measure(folder, "outside", texts=texts, **arguments)["share"]
        rows.append(row)
        print(f"{name}: {rows[-1].rate:.0f} words/s", file=sys.stderr, flush=True)
    jobs = [
        measured_row(f"{count}", texts, folder, "job", {"bundle": str(default), "workers": count}) for count in WORKERS
    ]
    return [
        *heading(texts),
        *main_table(rows),
        "",
        *length_table(texts, default, folder),
        "",
        *job_table(jobs),
        "",
        *floor_lines(texts, rows, default, folder),
    ]


def measure(scratch: Path, kind: str, **arguments: Any) -> dict[str, float]:
    """Run one of `benchmarks.subjects` in a new process."""
    file = scratch / "arguments.json"
    file.write_text(json.dumps({"began": time.time(), **arguments}), "utf-8")
    done = subprocess.run([sys.executable, "-m", "benchmarks.subjects", kind, str(file)], stdout=-1, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def measured_row(name: str, texts: list[str], folder: Path, kind: str, arguments: dict[str, Any]) -> Row:
    """A row for all the texts."""
    return Row(name, words(texts), len(texts), measure(folder, kind, texts=texts, **arguments))


def pipeline_model(folder: Path, config: BertConfig | None) -> Path:
    """A model folder as the pipeline wants it.

    The weights are random, which changes no time inside the model. Outside it each entity costs, and random labels
    would make one of nearly every token; so all tokens are "O" instead. In news most are: the few entities that are
    missing are an advantage of the pipeline.
    """
    encoder = load_encoder("offline", [])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=load_tokenizer(encoder.tokenizer_json), model_max_length=encoder.limit, pad_token="<pad>"
    )
    chosen = config or encoder.module.config
    chosen.vocab_size = max(chosen.vocab_size, len(tokenizer))
    chosen.id2label = dict(enumerate(["O", *(f"LABEL_{label}" for label in range(1, _LABELS))]))
    model = AutoModelForTokenClassification.from_config(chosen)
    model.classifier.bias.data[0] = _BIAS
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def heading(texts: list[str]) -> list[str]:
    """What was measured on what."""
    return [
        "# Speed on the CPU",
        "",
        f"{words(texts):,} words in {len(texts):,} articles; hadath {version()}, "
        f"ONNX Runtime {onnxruntime.__version__}, Python {platform.python_version()}, {processor()}. "
        "Everything in one run; timings of another run may differ by a fifth, so compare ratios.",
        "",
    ]


def processor() -> str:
    """As Linux names it, with the count of cores that may be used."""
    text = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").is_file() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor()


def main_table(rows: list[Row]) -> list[str]:
    """Rates, memory, start."""
    lines = [
        "| | words/s | × (a) | articles/s | peak memory, MB | first result, s | outside the model |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        outside = f"{row.found['outside']:.1%}" if "outside" in row.found else ""
        rates = f"{row.rate:,.0f} | {row.rate / rows[0].rate:.2f} | {row.articles / row.found['seconds']:.1f}"
        lines.append(f"| {row.name} | {rates} | {row.found['megabytes']:.0f} | {row.found['first']:.1f} | {outside} |")
    return lines


def length_table(texts: list[str], bundle: Path, folder: Path) -> list[str]:
    """The cost of a word in texts of different lengths."""
    every = " ".join(texts).split(" ")
    whole = 3 * max(LENGTHS)
    cut = {str(n): [" ".join(every[at : at + n]) for at in range(0, whole, n)] for n in LENGTHS}
    found = measure(folder, "lengths", texts=cut, bundle=str(bundle))
    lines = ["| words in the article | ms a word | against 1,000 words |", "|--:|--:|--:|"]
    reference = found["1000"] / words(cut["1000"])
    for n in LENGTHS:
        cost = found[str(n)] / words(cut[str(n)])
        lines.append(f"| {n:,} | {cost * 1000:.2f} | {cost / reference - 1:+.0%} |")
    return lines


def job_table(jobs: list[Row]) -> list[str]:
    """Batch jobs by the number of their workers."""
    lines = ["| workers of a batch job | words/s | articles/s | peak memory of one, MB |", "|--:|--:|--:|--:|"]
    return lines + [
        f"| {job.name} | {job.rate:,.0f} | {job.articles / job.found['seconds']:.1f} | {job.found['megabytes']:.0f} |"
        for job in jobs
    ]


def floor_lines(texts: list[str], rows: list[Row], bundle: Path, folder: Path) -> list[str]:
    """How fast the encoder's products alone would go at the rate at which this machine multiplies."""
    graph = onnx.load(str(bundle / ENCODER_FILE)).graph
    tables = sorted(math.prod(each.dims) for each in graph.initializer if len(each.dims) == 2)
    # The largest table holds the embeddings of sub-words, which are looked up and not multiplied.
    products = sum(tables[:-1])
    tokenizer = load_tokenizer(Bundle.open(bundle).tokenizer_json())
    pieces = sum(len(tokenizer.encode(text).ids) for text in texts) / words(texts)
    rate = measure(folder, "floor", rows=256, inner=384, columns=1536)
    floors = {name: rate[name] / (products * pieces) for name in ("float32", "int8")}
    reached = next(row for row in rows if row.name.startswith("(d)")).rate / floors["int8"]
    return [
        f"Arithmetic floor: {pieces:.2f} sub-words a word, {products / 1e6:.1f} million multiply-adds a sub-word in "
        f"the products of the encoder. On matrices of its size this machine does {rate['float32'] / 1e9:.0f} billion a "
        f"second in float32 and {rate['int8'] / 1e9:.0f} in INT8, which allows {floors['float32']:,.0f} and "
        f"{floors['int8']:,.0f} words/s. (d) reaches {reached:.0%} of the latter. The rest goes into attention, "
        "normalisation, scaling to INT8 and back, the argument pass, and what is outside the model."
    ]


if __name__ == "__main__":
    main()
