"""What is to be read, in shards: found once and kept beside the answers, so that a second run
reads the same.

`_shards.jsonl` has a line a shard, whose pictures lie one after another in a source; a video or ZIP
is a shard by itself. `_manifest.json`, written last, says what was asked for.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fer_core.errors import ImageError, ScaleError
from fer_core.inference import file_types
from fer_core.inference.file_types import FileKind
from fer_core.inference.sources import Input, Kind, LeftOut, find_inputs
from fer_core.scale import places
from fer_core.scale.folder import Folder

LIST_SUFFIX = ".txt"
"""Of a file that names pictures, a path or address a line."""
MANIFEST, SHARDS = "_manifest.json", "_shards.jsonl"
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a folder's answers are answers to.

    Attributes:
        asked: sources and settings, as JSON.
        here: folder in which paths that are not absolute begin.
        roots: folders in which the names of shards begin; empty for names as they were given.
        shards: how many there are.
        inputs: pictures, videos and ZIPs in all shards.
        remarks: sentences on what was left out.
        empty: whether a source held nothing.
        digest: of the shards, so that answers to others do not count.
    """

    asked: dict[str, Any]
    here: str
    roots: list[str]
    shards: int
    inputs: int
    remarks: list[str] = field(default_factory=list)
    empty: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Shard:
    """What one worker reads in one go: `paths` of pictures in `root`, or one video or ZIP. A path
    with a second text is one that cannot be read, and why.
    """

    number: int
    root: int
    kind: Kind
    paths: list[str | list[str]]


def read_manifest(folder: Folder) -> Manifest | None:
    """The folder's manifest, None where there is none yet.

    Raises:
        ScaleError: it is damaged or of another version.
    """
    try:
        text = folder.read(MANIFEST)
    except FileNotFoundError:
        return None
    try:
        told = json.loads(text)
        if told.pop("format") == _FORMAT:
            return Manifest(**told)
    except (ValueError, KeyError, TypeError):
        pass
    raise ScaleError(
        f"{MANIFEST} in {folder} is damaged or of another version. Choose another folder."
    )


def write_manifest(
    folder: Folder,
    asked: dict[str, Any],
    size: int,
    progress: Callable[[int], None] = lambda found: None,
) -> Manifest:
    """Finds what the sources hold and writes it down.

    Args:
        folder: for the answers; not searched.
        asked: `sources` and settings; kept in the manifest.
        size: most pictures in a shard.
        progress: called with how many inputs were found.

    Raises:
        ScaleError: a source cannot be reached or listed.
    """
    left_out = LeftOut()
    search = _Search(asked["sources"], folder.local, left_out)
    digest = hashlib.sha256()
    shards = inputs = 0

    def lines() -> Iterator[bytes]:
        nonlocal shards, inputs
        for number, (root, kind, paths) in enumerate(_grouped(search.found(), size)):
            line = json.dumps([number, root, kind, paths], separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            shards, inputs = number + 1, inputs + len(paths)
            progress(inputs)
            yield line

    folder.write(SHARDS, lines())
    manifest = Manifest(
        asked=asked,
        here=str(Path.cwd()),
        roots=search.roots,
        shards=shards,
        inputs=inputs,
        remarks=list(left_out.sentences()),
        empty=bool(left_out.empty),
        digest=digest.hexdigest()[:16],
    )
    text = json.dumps({"format": _FORMAT, **asdict(manifest)}, indent=1)
    folder.write(MANIFEST, iter([text.encode()]))
    return manifest


def offsets(folder: Folder) -> list[tuple[int, int]]:
    """Where each shard's line begins in the file, and how many bytes it has."""
    found, begin = [], 0
    with folder.open(SHARDS) as file:
        rest = b""
        while piece := file.read(2**20):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                found.append((begin, len(line)))
                begin += len(line) + 1
    return found


def read_shard(folder: Folder, offset: int, length: int) -> Shard:
    """The shard whose line stands there."""
    with folder.open(SHARDS) as file:
        file.seek(offset)
        number, root, kind, paths = json.loads(file.read(length))
    return Shard(number, root, Kind(kind), paths)


_Found = tuple[int, Kind, str | list[str]]


def _grouped(found: Iterator[_Found], size: int) -> Iterator[tuple[int, Kind, list[Any]]]:
    """Neighbours of one source, up to `size` pictures together; what cannot be read stays among
    the pictures.
    """
    waiting: list[Any] = []
    of = -1
    for root, kind, path in found:
        alone = kind in (Kind.VIDEO, Kind.ARCHIVE)
        if waiting and (alone or root != of or len(waiting) == size):
            yield of, Kind.PICTURE, waiting
            waiting = []
        if alone:
            yield root, kind, [path]
        else:
            waiting.append(path)
            of = root
    if waiting:
        yield of, Kind.PICTURE, waiting


class _Search:
    """Finds inputs in sources, in their order; `roots` grows as it goes."""

    def __init__(self, sources: Sequence[str], results: Path | None, left_out: LeftOut) -> None:
        self.roots = [""]  # for what is named by itself
        self._sources = sources
        self._results = results
        self._left_out = left_out

    def found(self) -> Iterator[_Found]:
        for source in self._sources:
            if not places.is_address(source):
                yield from self._local(source)
            elif places.shown(source).endswith(LIST_SUFFIX):
                yield from self._listed(source)
            elif places.kind(source) == "folder":
                yield from self._remote(source)
            else:
                yield self._named(0, source)

    def _local(self, source: str) -> Iterator[_Found]:
        path = Path(source)
        if path.suffix == LIST_SUFFIX and path.is_file():
            yield from self._listed(source)
            return
        root = 0
        if path.is_dir():
            self.roots.append(source)
            root = len(self.roots) - 1
        for found in find_inputs(
            [path], self._results, left_out=self._left_out, open_archives=False
        ):
            yield root, found.kind, _entry(found, path if root else None)

    def _remote(self, source: str) -> Iterator[_Found]:
        self.roots.append(source)
        root, empty = len(self.roots) - 1, True
        for name in places.walk(source):
            if file_types.is_hidden(name):
                self._left_out.hidden += 1
                continue
            if file_types.kind_of(name) is None and file_types.refused(name) is None:
                self._left_out.others.append(places.shown(places.join(source, name)))
                continue
            empty = False
            yield self._named(root, name)
        if empty:
            self._left_out.empty.append(places.shown(source))

    def _listed(self, source: str) -> Iterator[_Found]:
        """What a list names; whether it is there shows when it is read."""
        empty = True
        with places.open_file(source) as file:
            for line in _lines(file):
                empty = False
                yield self._named(0, places.as_path(line))
        if empty:
            self._left_out.empty.append(places.shown(source))

    def _named(self, root: int, name: str) -> _Found:
        """By its name alone; its content is looked at when it is read."""
        full = places.shown(places.join(self.roots[root], name))
        refusal = file_types.refused(name)
        if refusal is not None:
            return root, Kind.BROKEN, [full, f"{full} {refusal}"]
        kind = {FileKind.VIDEO: Kind.VIDEO, FileKind.ARCHIVE: Kind.ARCHIVE}
        return root, kind.get(file_types.kind_of(name) or FileKind.PICTURE, Kind.PICTURE), name


def _entry(found: Input, root: Path | None) -> str | list[str]:
    """How a shard calls what was found in `root`."""
    if found.kind is Kind.BROKEN:
        try:
            found.read()
        except ImageError as exc:
            return [found.name, str(exc)]
    assert found.path is not None
    return str(found.path if root is None else found.path.relative_to(root))


def _lines(file: Any) -> Iterator[str]:
    """Lines that hold something, as UTF-8, or as the system's bytes where they are none."""
    rest = b""
    while piece := file.read(2**20):
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, map(_text, whole))
    if _text(rest):
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode("utf-8-sig", errors="surrogateescape").strip("\r\n ")
