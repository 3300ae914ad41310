"""What is added to a site's files, by its own names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.site_answers import Answers, load
from gateway.core.values.fault import Fault
from gateway.installing.asterisk_tree import Tree
from gateway.installing.kept_secrets import KeptSecrets
from gateway.installing.snippets import snippets, trunk_at, wanted
from simulators import old_site

ROOT = Path(__file__).resolve().parents[2]
KEYS = [{"code": "*1", "action": "transfer", "target": "other", "mode": ""}]


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    """Two trees of before, and the answers that fit them."""
    sides = old_site.sides("127.45.0.")
    trees = {
        id_: old_site.write(side, tmp_path / id_, Path("modules"), Path("data"), 5038) for id_, side in sides.items()
    }
    path = tmp_path / "site.toml"
    path.write_text(old_site.answers("127.45.0.", trees, 5038, 8012), encoding="utf-8")
    return load(path)


def added(answers: Answers, tmp_path: Path, id_: str = "12345") -> dict[str, str]:
    """The files of one switchboard."""
    board = next(one for one in answers.switchboards if one.id == id_)
    return snippets(ROOT / "asterisk-conf", answers, board, KEYS, KeptSecrets(tmp_path / "secrets"))


def test_a_seats_own_features_stay(answers: Answers, tmp_path: Path) -> None:
    """A feature that a seat has beside ours is named with ours, since the last DYNAMIC_FEATURES counts."""
    text = added(answers, tmp_path)["pjsip.conf"]
    assert "[SIP-101](+type=endpoint)" in text
    assert "set_var = DYNAMIC_FEATURES=rec#onekey" in text


def test_each_target_is_dialled_by_the_sites_trunk(answers: Answers, tmp_path: Path) -> None:
    """The trunk's endpoint has the site's name, and says itself who is at its other end."""
    files = added(answers, tmp_path)
    assert "ONEKEY_DIAL_110 = PJSIP/110@police\n" in files["extensions.conf"]
    assert "ONEKEY_HOME_110 = PJSIP/onekey-press@police\n" in files["extensions.conf"]
    assert "set_var = ONEKEY_TRUNK=110\n" in files["pjsip.conf"]


def test_both_sides_know_each_others_word(answers: Answers, tmp_path: Path) -> None:
    """What 12345 says over the trunk is what 110 asks for."""
    here, there = added(answers, tmp_path, "12345"), added(answers, tmp_path, "110")
    word = next(line.rpartition("=")[2] for line in here["pjsip.conf"].splitlines() if "X-Onekey-Trunk" in line)
    assert f"ONEKEY_TRUNK_WORD_12345 = {word}\n" in there["extensions.conf"]


def test_what_else_came_by_the_trunk_still_comes(answers: Answers, tmp_path: Path) -> None:
    """The trunk's context of before is asked behind ours."""
    assert "[onekey-from-trunk](+)\ninclude => from-police\n" in added(answers, tmp_path)["extensions.conf"]


def test_the_seats_own_context_leads_to_ours(answers: Answers, tmp_path: Path) -> None:
    """A seat that dials 110 or a colleague's number is not bridged by the site's Dial."""
    text = added(answers, tmp_path)["extensions.conf"]
    assert (
        "[internal](+)\nexten => 12345,1,Goto(onekey-from-seat,12345,1)\nexten => 110,1,Goto(onekey-from-seat,110,1)\n"
        in text
    )
    assert "ONEKEY_NUMBER_101 = SIP-101\n" in text
    assert "ONEKEY_SEAT_CONTEXTS = internal\n" in text


def test_a_number_that_the_site_dials_itself_is_left_to_it(answers: Answers, tmp_path: Path) -> None:
    """Asterisk would take the first of two."""
    path = tmp_path / "12345/etc/extensions.conf"
    path.write_text(path.read_text().replace("[internal]\n", "[internal]\nexten => 110,1,Dial(PJSIP/110@city)\n"))
    assert "exten => 110,1" not in added(answers, tmp_path)["extensions.conf"]


def test_a_section_that_is_not_there_is_begun(answers: Answers, tmp_path: Path) -> None:
    """Asterisk loads no file that adds to a section which is not there."""
    path = tmp_path / "12345/etc/features.conf"
    path.write_text("[general]\n")
    assert "[applicationmap]\n" in added(answers, tmp_path)["features.conf"]


def test_an_endpoint_of_a_wizard_is_added_to_in_its_own_file(answers: Answers, tmp_path: Path) -> None:
    """``pjsip_wizard.conf`` has other names for the same."""
    path = tmp_path / "12345/etc/pjsip.conf"
    path.write_text(path.read_text().replace("[SIP-102](seat)", "[SIP-202](seat)"))
    (tmp_path / "12345/etc/pjsip_wizard.conf").write_text("[SIP-102]\ntype = wizard\nendpoint/context = internal\n")
    files = added(answers, tmp_path)
    assert "[SIP-102]" not in files["pjsip.conf"]
    assert "[SIP-102](+)\nendpoint/set_var = CHANNEL" in files["pjsip_wizard.conf"]


def test_an_endpoint_of_a_database_is_left_out(answers: Answers, tmp_path: Path) -> None:
    """Asterisk would not load the file."""
    path = tmp_path / "12345/etc/pjsip.conf"
    path.write_text(path.read_text().replace("[SIP-102](seat)", "[SIP-202](seat)"))
    assert "[SIP-102]" not in added(answers, tmp_path)["pjsip.conf"]
    tree, board = Tree(tmp_path / "12345/etc"), answers.switchboards[0]
    assert "SIP-102" in wanted(tree, board, [])


def test_ami_that_was_off_is_for_this_machine_alone(answers: Answers, tmp_path: Path) -> None:
    """A site's own AMI keeps its address; one that was off is not opened to others."""
    assert "bindaddr" not in added(answers, tmp_path)["manager.conf"]
    path = tmp_path / "12345/etc/manager.conf"
    path.write_text(path.read_text().replace("enabled = yes", "enabled = no"))
    assert "bindaddr = 127.0.0.1" in added(answers, tmp_path)["manager.conf"]


def test_a_systemname_that_is_right_is_left(answers: Answers, tmp_path: Path) -> None:
    """No restart for nothing."""
    assert "systemname = 12345" in added(answers, tmp_path)["asterisk.conf"]
    (tmp_path / "12345/etc/asterisk.conf").write_text("[options]\nsystemname = 12345\n")
    assert "asterisk.conf" not in added(answers, tmp_path)


@pytest.mark.parametrize(
    ("autoload", "line", "expected"),
    [("yes", "", 0), ("yes", "noload = app_read.so\n", 1), ("no", "load = app_read.so\n", -1)],
    ids=["stock", "one is kept out", "a list of the site's own"],
)
def test_modules_that_would_not_load(answers: Answers, tmp_path: Path, autoload: str, line: str, expected: int) -> None:
    """A stock Asterisk loads all; a list of the site's own is completed."""
    (tmp_path / "12345/etc/modules.conf").write_text(f"[modules]\nautoload = {autoload}\n{line}")
    loads = added(answers, tmp_path)["modules.conf"].count("\nload = ")
    assert loads == expected if expected >= 0 else loads > 40
    assert autoload == "yes" or "load = app_read.so" not in added(answers, tmp_path)["modules.conf"]


def test_the_trunks_own_transport_is_asked_for(answers: Answers) -> None:
    """Where trunks have a transport of their own that names an address, a call from elsewhere is none of theirs."""
    board = answers.switchboards[0]
    assert trunk_at(Tree(Path(board.tree)), board) == "127.45.0.2:5060"
    path = Path(board.tree) / "pjsip.conf"
    path.write_text(path.read_text().replace("bind = 127.45.0.2:5060", "bind = 0.0.0.0"))
    assert trunk_at(Tree(Path(board.tree)), board) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('trunks = {"110" = "police]"}', "police]"),
        ('dials = {"119" = "System/rm -rf"}', "System/rm -rf"),
        ('queues = ["zx,day"]', "zx,day"),
        ("seats = []", "seats"),
        ('takes = "night"', "night"),
        ('numbers = {"101" = "SIP-999"}', "SIP-999"),
        ('trunks = {"119" = "fire"}', "119"),
        ('tree = "/etc/\\n#exec evil"', "tree"),
    ],
    ids=["endpoint", "dial", "queue", "no seats", "takes", "number", "trunk to nobody", "line break"],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, line: str, said: str) -> None:
    """Nothing that would end a line of Asterisk's files, or lead nowhere, comes into them."""
    values = {"id": '"12345"', "seats": '["SIP-101"]', "queues": '["zx-day"]'}
    key, _, value = line.partition(" = ")
    path = tmp_path / "site.toml"
    path.write_text("[[switchboards]]\n" + "".join(f"{name} = {one}\n" for name, one in {**values, key: value}.items()))
    with pytest.raises(Fault, match="site") as refused:
        load(path)
    assert said in str(refused.value)
