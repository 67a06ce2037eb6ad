"""What an installation holds beyond the package: the standards as JSON, and in the wheel the notebooks and data.

The core reads the standards without PyYAML (a web page has none), and JSON loads many times faster, so each standard
is there a second time as JSON, made by the project's own strict reader (a lax one turns ``12:30`` into 750, ``no``
into false). An editable installation has it beside the YAML, and goes by the YAML once that is edited.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelContents(BuildHookInterface):  # type: ignore[type-arg]
    """Adds files to the wheel; an editable installation finds notebooks and data in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what the wheel shall hold, before it is built."""
        root = Path(self.root)
        if version == "editable":
            list(standards_as_json(root, root / "lsstd" / "standards"))
            return
        self.made = tempfile.TemporaryDirectory()
        included = build_data["force_include"]
        for path in standards_as_json(root, Path(self.made.name)):
            included[str(path)] = f"lsstd/standards/{path.name}"
        for folder in ("notebooks", "data"):
            for path in visible_files(root / folder):
                included[str(path)] = f"lsstd/share/{path.relative_to(root).as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Drop the temporary files."""
        if version != "editable":
            self.made.cleanup()


def standards_as_json(root: Path, folder: Path) -> Iterator[Path]:
    """Write every standard into a folder as JSON, with the hash of its YAML file."""
    sys.path.insert(0, str(root))
    from lsstd.files.strict_yaml import read_text  # needs PyYAML alone

    for path in sorted((root / "lsstd" / "standards").glob("*.yaml")):
        data = path.read_bytes()
        standard = read_text(data.decode("utf-8-sig"), path.name)
        content = {"sha256": hashlib.sha256(data).hexdigest(), "standard": standard}
        made = folder / f"{path.stem}.json"
        made.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        yield made


def visible_files(folder: Path) -> Iterator[Path]:
    """Walk over a folder's files, leaving out hidden ones (.ipynb_checkpoints, .DS_Store)."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path
