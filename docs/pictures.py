"""Make the pictures of README.md again: `make docs`."""

import shutil
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from rendered import document_pictures, missing, page_picture

from bemanna.pipelines.cases import write_case
from bemanna.pipelines.nationrun import run_nation
from bemanna.pipelines.run import run_case

HERE = Path(__file__).resolve().parent / "pictures"
#: Figures of the embedded case that README.md shows.
FIGURES = ("plan.png", "saving.png")
#: Pages of the printed documents that it shows.
PAGES = {"tjansteskrivelse.docx": (1, 4), "underlag.xlsx": (6,)}


def main() -> None:
    """Run the embedded case and the nation; save their figures, render their pages."""
    HERE.mkdir(exist_ok=True)
    # from inside, so that the documents name no folder of this machine
    with TemporaryDirectory() as folder, chdir(folder):
        write_case("gavle", Path("gavle"), seed=1)
        _, made = run_case(Path("gavle"), seed=1, documents=True)
        for name in FIGURES:
            shutil.copy(made.folder / name, HERE)
        if lacking := missing():
            print(f"Documents are not rendered, for want of {', '.join(lacking)}")
        else:
            for name, pages in PAGES.items():
                document_pictures(made.folder / name, HERE, pages)
            page_picture(made.folder / "vad-om.html", HERE)
        if "--without-nation" not in sys.argv:
            _, place = run_nation(Path("riket"))
            shutil.copy(place.folder / "bridge.png", HERE)


if __name__ == "__main__":
    main()
