"""Make the pictures of README.md again: `make docs`."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from bemanna.pipelines.cases import write_case
from bemanna.pipelines.figures import pictures
from bemanna.pipelines.nationrun import run_nation
from bemanna.pipelines.registers import read_case
from bemanna.pipelines.run import find_out

HERE = Path(__file__).parent / "pictures"


def main() -> None:
    """Run the embedded case and the nation, and save their figures."""
    with TemporaryDirectory() as folder:
        _, place = run_nation(Path(folder) / "riket")
        HERE.mkdir(exist_ok=True)
        shutil.copy(place.folder / "bridge.png", HERE)
        write_case("gavle", Path(folder) / "gavle", seed=1)
        outcome = find_out(read_case(Path(folder) / "gavle"), seed=1)
    for name in ("plan", "saving"):
        pictures(outcome)[name].save(HERE)
        (HERE / f"{name}.svg").unlink()  # the PNG is shown everywhere


if __name__ == "__main__":
    main()
