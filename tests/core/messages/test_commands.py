"""Commands by who can carry them out: each by one."""

from __future__ import annotations

import inspect
from typing import get_args, get_type_hints

from gateway.ami.actions import actions
from gateway.ami.executor import Executor
from gateway.core.messages import commands
from gateway.core.messages.commands import Action, AmiCommand, AnyCommand, Command, LookUp, Question, TimerCommand


def test_every_command_has_one_who_carries_it_out() -> None:
    """All classes of the module are in exactly one of the four unions."""
    made = {cls for _, cls in inspect.getmembers(commands, inspect.isclass) if issubclass(cls, Command)} - {Command}
    carried = [cls for union in (Action, Question, LookUp, TimerCommand) for cls in get_args(union)]
    assert len(carried) == len(set(carried))
    assert set(carried) == made == set(get_args(AnyCommand))


def test_the_executor_takes_what_asterisk_can_do() -> None:
    """Timers and look-ups cannot be handed to it: mypy, which runs over all callers, refuses them by these types."""
    assert get_type_hints(Executor.execute)["command"] == AmiCommand
    assert get_type_hints(actions)["command"] == Action
    assert not set(get_args(AmiCommand)) & {*get_args(TimerCommand), *get_args(LookUp)}
