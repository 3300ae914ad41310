"""A hook of the build backend: the wheel says which version it is, and brings the spoken prompts where ``make wheel`` has made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SpokenPrompts(BuildHookInterface):  # type: ignore[misc,unused-ignore]
    """Adds ``asterisk-conf/prompts/zh/*.wav`` to what is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name each file with its place in the wheel; an editable install has none."""
        if version == "editable":
            return
        built = Path(self.root) / "build/VERSION"
        built.parent.mkdir(exist_ok=True)
        built.write_text(self.metadata.version, encoding="utf-8")
        build_data["force_include"][str(built)] = "gateway/_site/VERSION"
        for path in sorted((Path(self.root) / "build/prompts").glob("*.wav")):
            build_data["force_include"][str(path)] = f"gateway/_site/asterisk-conf/prompts/zh/{path.name}"
