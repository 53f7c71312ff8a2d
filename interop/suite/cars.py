"""Whether a CAR is the one that Kubo makes, and each takes that of the other; no network is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .bitswap import Commands
from .child import Failure
from .cids import SameCids
from .content import LAYOUTS, compare, show
from .kubo import Repository

SECONDS = 120


@dataclass(frozen=True)
class SameCars(SameCids):
    """All samples in one layout, as one tree."""

    unit = "CARs"

    @property
    def title(self) -> str:
        return f"CARs of bitswap and kubo: {self}"

    def play(self, kubo: Repository, bitswap: Commands, samples: Path) -> int:
        """Returns how many CARs there are."""
        with TemporaryDirectory(dir=samples.parent) as place:
            folder = Path(place)
            ours, theirs = folder / "ours.car", folder / "theirs.car"
            layout = self.layout.options()
            cid = bitswap.bitswap("add", "--quiet", *layout, str(samples), seconds=SECONDS).strip()
            kubo.ipfs("add", "-Qr", "--pin=false", *layout, str(samples), seconds=SECONDS)
            bitswap.bitswap("car", "export", cid, "-o", str(ours), seconds=SECONDS)
            kubo.ipfs("dag", "export", "--progress=false", cid, seconds=SECONDS, output=theirs)
            if ours.read_bytes() != theirs.read_bytes():
                raise Failure(
                    f"ours   {show(ours.read_bytes())}\ntheirs {show(theirs.read_bytes())}"
                )
            # With empty stores, so that what is there came out of the CAR.
            other = Repository(kubo.binary, folder / "kubo")
            other.ipfs("dag", "import", str(ours), seconds=SECONDS)
            other.ipfs("get", cid, "-o", str(folder / "from ours"), seconds=SECONDS)
            compare(samples, folder / "from ours")
            other = Commands(bitswap.program[-1], folder / "bitswap")
            other.bitswap("car", "verify", str(theirs), seconds=SECONDS)
            other.bitswap("car", "import", str(theirs), seconds=SECONDS)
            copy = str(folder / "from theirs")
            other.bitswap("get", cid, "--offline", "-o", copy, seconds=SECONDS)
            compare(samples, folder / "from theirs")
        return 2


def same_cars() -> list[SameCars]:
    return [SameCars(LAYOUTS[0]), SameCars(LAYOUTS[-1])]
