"""A toy PBX that speaks AMI: what our dialplan means, in Python, with channels and bridges but without sound.

    clock        an event loop whose time skips ahead while nothing happens
    channels     channels and bridges, as values with a life
    ami          one switchboard's AMI port: framing, logins, events as Asterisk 22.10.1 writes them, and faults on request
    switchboard  one Asterisk: makes, rings, bridges and ends channels, and says so
    actions      what AMI asks of it
    queues       app_queue, as far as seats and callers see it
    plan         the dialplan for callers: who waits, who is alone, who dials whom
    legs         the dialplan for target legs: ring, fence, join, take back
    presses      the dialplan for presses: the plan, its ladder, words, a seat that is let go
    trunk        the dialplan between switchboards: targets, far presses, far keys
    people       callers and seats
    pbx          all of them together. Start here.

It acts without a gateway as the dialplan does, and knows nothing of ``gateway``.
"""

from simulators.toy.clock import SkippingLoop
from simulators.toy.pbx import Plan, ToyPbx
from simulators.toy.people import Person
from simulators.toy.plan import Globals

__all__ = ["Globals", "Person", "Plan", "SkippingLoop", "ToyPbx"]
