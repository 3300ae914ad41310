"""What is asked, and what the files answer already."""

from __future__ import annotations

from pathlib import Path

from gateway.config.site_answers import load
from gateway.installing.questions import asked
from simulators import old_site


def test_enter_takes_what_the_files_say(tmp_path: Path) -> None:
    """Queues, seats and trunks are read from the tree; whoever installs types the id of the other side, and Enter."""
    sides = old_site.sides("127.45.0.")
    trees = {
        id_: old_site.write(side, tmp_path / id_, Path("modules"), Path("data"), 5038) for id_, side in sides.items()
    }
    typed = iter(["12345", str(trees["12345"]), "", "", "", "110", "police", "n", "https://10.1.0.5:8012", "", "", ""])
    text = asked(lambda _question, proposal: next(typed) or proposal)
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    answers = load(path)
    (board,) = answers.switchboards
    assert board.queues == ("zx-day", "zx-complaint")
    assert board.seats == ("SIP-101", "SIP-102", "SIP-103")
    assert board.trunks == {"110": "police"}
    assert [far.url for far in answers.peers] == ["https://10.1.0.5:8012"]
