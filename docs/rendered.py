"""Documents as pictures, as their readers' programs show them.

Needs LibreOffice (soffice), pdftoppm (poppler-utils) and Chromium on the PATH.
"""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

#: Dots per inch of a page, and pixels of a window.
DPI, WINDOW = 80, (1_100, 1_500)
PROGRAMS = ("soffice", "pdftoppm", "chromium")


def missing() -> list[str]:
    """Name the programs that are not there."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def document_pictures(file: Path, folder: Path, pages: tuple[int, ...]) -> list[Path]:
    """Print a Word file or workbook, and save some of its pages as PNG."""
    with TemporaryDirectory() as scratch:
        home = f"-env:UserInstallation={Path(scratch).as_uri()}/profile"
        _run(
            "soffice",
            home,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            scratch,
            file,
        )
        printed = Path(scratch) / f"{file.stem}.pdf"
        made = []
        for page in pages:
            picture = folder / f"{file.stem}-{page}"
            only = ("-f", page, "-l", page, "-singlefile")
            _run("pdftoppm", "-r", DPI, "-png", *only, printed, picture)
            made.append(picture.with_suffix(".png"))
    return made


def page_picture(file: Path, folder: Path) -> Path:
    """Save a page as Chromium shows it."""
    picture = folder / f"{file.stem}.png"
    size = f"--window-size={WINDOW[0]},{WINDOW[1]}"
    shot = f"--screenshot={picture}"
    quiet = ("--headless", "--no-sandbox", "--hide-scrollbars")
    _run("chromium", *quiet, size, shot, file.resolve().as_uri())
    return picture


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
