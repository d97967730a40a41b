"""How findings on the images are kept: facts as JSON beside rows as a packed CSV table.

Those on the images of this machine lie in the cache folder, those on the published data set
in `artifacts/reference`. Neither holds an image.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core import paths
from fer_core.errors import DataError
from fer_core.files import write_text
from fer_core.reference import files
from fer_core.tables import read_table, write_table


class FindingFacts(BaseModel):
    """On which images findings were made; each kind adds how, and how much was found."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    fingerprint: str  # `Dataset.fingerprint` of the images


Facts = TypeVar("Facts", bound=FindingFacts)


@dataclass(frozen=True)
class Record(Generic[Facts]):
    """One kind of findings, written by `python -m fer_core` and `command`.

    `name` is that of its files and of its folder in the cache; the `facts` have the `fingerprint`
    of the images.
    """

    name: str
    facts: type[Facts]
    columns: tuple[str, ...]
    command: str

    @property
    def files(self) -> tuple[str, str]:
        """Names of the JSON file and of the table."""
        return f"{self.name}.json", f"{self.name}.csv.gz"

    def machine_folder(self, fingerprint: str) -> Path:
        """Where this machine keeps what was found in these images."""
        return paths.cache_dir() / self.name / fingerprint[:20]

    def write(self, folder: Path, facts: Facts, rows: pd.DataFrame) -> None:
        """Writes both files, the facts last, so that their existence means complete."""
        folder.mkdir(parents=True, exist_ok=True)
        facts_file, rows_file = self.files
        write_table(folder / rows_file, rows[list(self.columns)])
        write_text(folder / facts_file, facts.model_dump_json(indent=1) + "\n")

    def read(self, folder: Path, numbers: list[str]) -> tuple[Facts, pd.DataFrame]:
        """Reads what `write` wrote, the columns `numbers` as numbers; raises `DataError` where a
        file is missing or damaged.
        """
        facts_file, rows_file = self.files
        rows = read_table(folder / rows_file, self.columns)
        try:
            text = (folder / facts_file).read_text(encoding="utf-8")
            rows[numbers] = rows[numbers].apply(pd.to_numeric)
            return self.facts.model_validate_json(text), rows
        except (OSError, ValidationError, ValueError) as exc:
            raise DataError(
                f"{facts_file} or {rows_file} is missing or damaged. Make it again: "
                f"python -m fer_core {self.command}"
            ) from exc

    def find_folder(self, fingerprint: str | None) -> Path | None:
        """The folder with findings on these images, or on the published ones where None is asked.

        This machine's own comes before the one in the repository.
        """
        facts_file, _ = self.files
        if fingerprint is not None:
            own = self.machine_folder(fingerprint)
            if (own / facts_file).exists():
                return own
        published = files.folder()
        try:
            text = (published / facts_file).read_text(encoding="utf-8")
            found = self.facts.model_validate_json(text)
        except (OSError, ValidationError):
            return None
        return published if fingerprint in (None, found.fingerprint) else None
