"""Documents as one web page to read: the articles with their events marked, and a table of the events of each.

The page needs nothing but itself: style and script are inlined, and its content security policy forbids all else, so a
hostile article could neither run code nor call home even if escaping failed. Labels ("e3·Target") are left-to-right
islands in right-to-left text, and are left out when the article is selected and copied.
"""

import html
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib import resources
from itertools import groupby

from hadath.ontology import EventType, Ontology
from hadath.schema import Argument, Document, Event

from .marks import Mark, Piece, marks, pieces

# Colours: families of PLOVER's event classes, with the name that the legend gives them.
_FAMILIES = {
    "force": ("عنف وخسائر", ("ASSAULT",)),
    "coerce": ("إجراءات قسرية", ("COERCE", "SANCTION")),
    "confront": ("تهديد واتهام ومطالبة", ("THREATEN", "ACCUSE", "REQUEST", "PROTEST")),
    "move": ("تحريك قوات وتهدئة", ("MOBILIZE", "RETREAT")),
    "talk": ("محادثات واتفاق ومساعدات", ("CONSULT", "AGREE", "AID")),
    "other": ("أخرى", ()),
}
_FAMILY_OF = {plover: family for family, (_, classes) in _FAMILIES.items() for plover in classes}
_MODALITIES_AR = {"actual": "واقع", "negated": "منفي", "possible": "محتمل"}
_HEADINGS = ("الحدث", "الكلمة الدالة", "الوقوع", "الدرجة", "الأطراف والملابسات")

# What HTML cannot hold or UTF-8 cannot write: NUL and halves of surrogate pairs.
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def render(documents: Iterable[Document], ontology: Ontology) -> Iterator[str]:
    """The page in parts: its head, each document as it comes, its foot."""
    types = {kind.name: kind for kind in ontology.types}
    yield _head()
    number = -1
    for number, document in enumerate(documents):
        yield _Section(document, f"d{number}", types).render()
    if number < 0:
        yield "<p>لا مستندات.</p>\n"
    yield "</main>\n</body>\n</html>\n"


def escaped(text: str) -> str:
    """Text for an element or a quoted attribute. A bare CR is written as a reference: parsers turn it into LF."""
    return html.escape(_UNWRITABLE.sub("\ufffd", text)).replace("\r", "&#13;")


def shown(text: str) -> str:
    """Escaped text, its bidi embeddings and overrides shut up one by one: they stay in the text and reorder nothing."""
    return _REORDERING.sub(r"<bdi>\g<0></bdi>", escaped(text))


class _Section:
    """One document of the page. `key` tells its anchors from those of the others."""

    def __init__(self, document: Document, key: str, types: dict[str, EventType]) -> None:
        self.document = document
        self.key = key
        self.types = types

    def render(self) -> str:
        return (
            f'<section id="{self.key}">\n'
            f"<header><h2><bdi>{shown(self.document.id)}</bdi></h2>"
            f"<p>عدد الأحداث: {len(self.document.events)}</p></header>\n"
            f'<div class="article">{self._article()}</div>\n'
            f"{self._table()}</section>\n"
        )

    def _article(self) -> str:
        found = pieces(self.document.text, marks(self.document))
        return "".join(self._piece(piece) + self._chips(piece.ending) for piece in found)

    def _piece(self, piece: Piece) -> str:
        """The text, triggers innermost, arguments around them as underlines from the inmost lane outwards."""
        content = shown(piece.text)
        for mark in sorted(piece.marks, key=lambda mark: (mark.role is not None, mark.lane)):
            style = "" if mark.role is None else f' style="--lane:{mark.lane}"'
            content = (
                f'<span class="{self._classes(mark)}" data-e="{self._event_key(mark.event)}"{style}>{content}</span>'
            )
        return content

    def _chips(self, ending: tuple[Mark, ...]) -> str:
        ordered = sorted(ending, key=lambda mark: (mark.role is not None, mark.event))
        return "".join(map(self._chip, ordered))

    def _chip(self, mark: Mark) -> str:
        event, key = self.document.events[mark.event], self._event_key(mark.event)
        anchor = f' id="{key}-text"' if mark.role is None else ""
        label = escaped(f"{event.id}·{mark.role or event.type}")
        return (
            f'<a class="chip {self._classes(mark)}"{anchor} href="#{key}" data-e="{key}" dir="ltr">'
            f"<bdi>{label}</bdi></a>"
        )

    def _table(self) -> str:
        if not self.document.events:
            return '<p class="none">لا أحداث في هذا النص.</p>\n'
        heads = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
        rows = "".join(self._row(number, event) for number, event in enumerate(self.document.events))
        return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"

    def _row(self, number: int, event: Event) -> str:
        key = self._event_key(number)
        known = self.types.get(event.type)
        name = f"<b>{escaped(known.ar)}</b> " if known and known.ar else ""
        quote = f'<a href="#{key}-text">{shown(event.trigger.text)}</a>'
        return (
            f'<tr id="{key}" class="{self._family(event)} {_modality_class(event)}" data-e="{key}">'
            f'<th scope="row">{name}<bdi class="code" dir="ltr">{escaped(f"{event.id}·{event.type}")}</bdi></th>'
            f'<td class="trigger-quote">{quote}</td>'
            f'<td>{_badge(event)}</td><td class="score">{event.score:.2f}</td>'
            f"<td>{_arguments(event.arguments)}</td></tr>\n"
        )

    def _event_key(self, number: int) -> str:
        return f"{self.key}-{number}"

    def _classes(self, mark: Mark) -> str:
        event = self.document.events[mark.event]
        if mark.role is not None:
            return f"argument {self._family(event)}"
        return f"trigger {self._family(event)} {_modality_class(event)}"

    def _family(self, event: Event) -> str:
        known = self.types.get(event.type)
        return _FAMILY_OF.get((known and known.plover) or "", "other")


def _modality_class(event: Event) -> str:
    return event.modality if event.modality in _MODALITIES_AR else ""


def _badge(event: Event) -> str:
    name = _MODALITIES_AR.get(event.modality)
    code = f'<bdi class="code" dir="ltr">{escaped(event.modality)}</bdi>'
    return f'<span class="badge {_modality_class(event)}">{f"<b>{name}</b> " if name else ""}{code}</span>'


def _arguments(arguments: tuple[Argument, ...]) -> str:
    """Quotes and scores by role, the roles in the order in which they first occur."""
    if not arguments:
        return '<span class="none">—</span>'
    roles = list(dict.fromkeys(argument.role for argument in arguments))
    ordered = sorted(arguments, key=lambda argument: roles.index(argument.role))
    groups = (
        f'<dt><bdi dir="ltr">{escaped(role)}</bdi></dt>{"".join(map(_quote, group))}'
        for role, group in groupby(ordered, key=lambda argument: argument.role)
    )
    return "<dl>" + "".join(f"<div>{group}</div>" for group in groups) + "</dl>"


def _quote(argument: Argument) -> str:
    return f'<dd><bdi>{shown(argument.text)}</bdi> <span class="score">{argument.score:.2f}</span></dd>'


def _head() -> str:
    style, script = _resource("page.css"), _resource("page.js")
    digest = b64encode(sha256(script.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    families = "".join(
        f'<li class="{family}"><span class="trigger">{name}</span></li>' for family, (name, _) in _FAMILIES.items()
    )
    modalities = "".join(
        f'<li><span class="badge {code}"><b>{ar}</b></span></li>' for code, ar in _MODALITIES_AR.items()
    )
    return (
        '<!doctype html>\n<html lang="ar" dir="rtl">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>الأحداث · hadath</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f'<ul class="legend" aria-label="مفتاح الألوان">{families}{modalities}</ul>\n'
        f"<script>{script}</script>\n"
    )


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
