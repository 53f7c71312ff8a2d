"""What crosses: files, trees and single blocks, made from a seed and compared byte for byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .child import Failure
from .node import Fetcher, Layout, Server

KIB = 1024
MIB = 1024 * KIB

LAYOUTS = [
    Layout(cid_version=0, raw_leaves=False, chunk=256 * KIB),
    Layout(cid_version=0, raw_leaves=True, chunk=256 * KIB),
    Layout(cid_version=1, raw_leaves=False, chunk=256 * KIB),
    Layout(cid_version=1, raw_leaves=True, chunk=1 * MIB),
]

# Right to left, combined letters, letters beyond 16 bits, and what shells and addresses treat
# specially. Names in the tree are made of these.
NAMES = ["Grüße", "файл", "文件", "ملف", "קובץ", "ไฟล์", "क्षि", "🗂", "a b", "#%?&+'", "~$*[!]"]

# Directories are sharded above 256 KiB of names and CIDs.
SHARDED_FILES = 1100
SHARDED_NAME_BYTES = 240


class Content(Protocol):
    """Something to hand over; it is called as its `str`."""

    @property
    def has_common_blocks(self) -> bool:
        """Whether other contents have some of its blocks, too."""

    def make(self, path: Path, seed: str) -> int:
        """Puts it at `path`, the same for the same seed; returns its size in bytes."""

    def give(self, server: Server, path: Path) -> str:
        """Hands what is at `path` to a node, and returns its CID there."""

    def take(self, fetcher: Fetcher, cid: str, peers: list[str], into: Path) -> None:
        """Has a node fetch it."""


@dataclass(frozen=True)
class Added:
    """A file or directory that a node adds in some layout."""

    layout: Layout

    @property
    def has_common_blocks(self) -> bool:
        return False

    def give(self, server: Server, path: Path) -> str:
        return server.add(path, self.layout)

    def take(self, fetcher: Fetcher, cid: str, peers: list[str], into: Path) -> None:
        fetcher.get(cid, peers, into)


@dataclass(frozen=True)
class File(Added):
    size: int

    def make(self, path: Path, seed: str) -> int:
        path.write_bytes(noise(seed, self.size))
        return self.size

    @property
    def has_common_blocks(self) -> bool:
        return self.size == 0

    def __str__(self) -> str:
        return f"{show_size(self.size)}, {self.layout}"


@dataclass(frozen=True)
class Tree(Added):
    """Directories in directories, a hundred small files in each, the first ones empty."""

    DEPTH = len(NAMES)
    FILES = 100

    def make(self, path: Path, seed: str) -> int:
        size = 0
        for depth in range(self.DEPTH):
            folder = path.joinpath(*NAMES[:depth])
            folder.mkdir()
            for number in range(self.FILES):
                name = f"{NAMES[number % len(NAMES)]} {number}"
                content = noise(f"{seed} {depth} {number}", number * 7)
                (folder / name).write_bytes(content)
                size += len(content)
        (path / "empty").mkdir()
        return size

    @property
    def has_common_blocks(self) -> bool:
        return True

    def __str__(self) -> str:
        return f"tree of {self.DEPTH * self.FILES} files, {self.layout}"


@dataclass(frozen=True)
class Shards(Added):
    """One directory, so large that it is more than one block."""

    def make(self, path: Path, seed: str) -> int:
        return make_shards(path, seed)

    def __str__(self) -> str:
        return f"sharded directory of {SHARDED_FILES} files, {self.layout}"


@dataclass(frozen=True)
class Photos(Added):
    """One directory of many small files with names as cameras give them; it is sharded, too."""

    files: int

    def make(self, path: Path, seed: str) -> int:
        return make_photos(path, self.files, seed)

    def __str__(self) -> str:
        return f"sharded directory of {self.files} files, {self.layout}"


@dataclass(frozen=True)
class Block:
    """One block, put and fetched as such."""

    codec: str
    size: int
    has_common_blocks = False

    def make(self, path: Path, seed: str) -> int:
        content = noise(seed, self.size)
        if self.codec == "dag-pb":
            content = self.dag_pb(content)
        path.write_bytes(content)
        return len(content)

    def give(self, server: Server, path: Path) -> str:
        return server.put(path, self.codec)

    def take(self, fetcher: Fetcher, cid: str, peers: list[str], into: Path) -> None:
        fetcher.block(cid, peers, into)

    def dag_pb(self, content: bytes) -> bytes:
        """A node without links, whose data is as much of `content` as makes it as long."""
        header = 1
        while len(varint(self.size - header)) != header - 1:
            header += 1
        return b"\x0a" + varint(self.size - header) + content[header:]

    def __str__(self) -> str:
        return f"block of {show_size(self.size)}, {self.codec}"


def make_shards(path: Path, seed: str) -> int:
    path.mkdir()
    size = 0
    for number in range(SHARDED_FILES):
        name = f"{number} {NAMES[number % len(NAMES)]} "
        name += "x" * (SHARDED_NAME_BYTES - len(name.encode()))
        content = noise(f"{seed} {number}", 1 + number % 50)
        (path / name).write_bytes(content)
        size += len(content)
    return size


def make_photos(path: Path, files: int, seed: str) -> int:
    path.mkdir()
    size = 0
    for number in range(files):
        content = noise(f"{seed} {number}", 1 + number % 2000)
        (path / f"IMG_{number:06}.jpg").write_bytes(content)
        size += len(content)
    return size


def compare(original: Path, copy: Path) -> None:
    """Fails unless both are the same file, or directories of the same names and files."""
    if not copy.exists():
        raise Failure("nothing was written")
    if not original.is_dir():
        compare_files(original, copy)
        return
    expected, arrived = names_in(original), names_in(copy)
    if expected != arrived:
        missing, surplus = sorted(expected - arrived)[:3], sorted(arrived - expected)[:3]
        raise Failure(
            f"expected {len(expected)} names, arrived {len(arrived)}\n"
            f"missing among others {missing}\nsurplus among others {surplus}"
        )
    for name in sorted(expected):
        if (original / name).is_file():
            compare_files(original / name, copy / name)


def compare_files(original: Path, copy: Path) -> None:
    expected, arrived = original.read_bytes(), copy.read_bytes()
    if arrived != expected:
        raise Failure(f"{copy}\nexpected {show(expected)}\narrived  {show(arrived)}")


def names_in(folder: Path) -> set[str]:
    # What is no directory has no slash at its end.
    return {
        f"{path.relative_to(folder)}{'/' if path.is_dir() else ''}" for path in folder.rglob("*")
    }


def noise(seed: str, size: int) -> bytes:
    """Bytes that no compression or deduplication makes fewer."""
    return hashlib.shake_128(seed.encode()).digest(size)


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def show(content: bytes) -> str:
    return f"{len(content)} bytes with sha256 {hashlib.sha256(content).hexdigest()}"


def show_size(size: int) -> str:
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if size and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"
