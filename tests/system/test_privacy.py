"""Personal data: in the store, on the tape, and nowhere else. (Every other system test looks for numbers at its end, too.)"""

from __future__ import annotations

from gateway.core.values.uui import decode
from simulators.toy import Person

from .house import House

NUMBER, OTHER, NAME, PLACE = "13800000001", "13612345678", "欧阳建国", "南开区长江道88号3门502"


async def test_numbers_names_and_places_are_in_no_log(house: House) -> None:
    """A story with edits, a conflict, searches, a full reading and errors leaves none of them in logs, metrics, audit or names."""
    people: list[Person] = house.people(("12345", NUMBER), ("12345", "1001"), ("110", "2001"))
    caller, seat, far = people
    await house.connect(caller, seat)
    await seat.press("*1")
    ring = await far.wait_ring()
    assert house.app is not None
    signed = decode(ring.headers["user-to-user"], house.config().signing_keys, 0.0)
    path = f"/v1/contexts/{signed.context}"
    before = await house.get(path)
    said = {"summary": f"{NAME}反映噪音，电话{OTHER}", "location": PLACE, "longitude": 117.15, "latitude": 39.13}
    session = vars(house)["_session"]
    for status in (200, 412):
        async with session.patch(path, json=said, headers={"If-Match": f'"{before["version"]}"'}) as answer:
            assert answer.status == status
    for query in (f"number={NUMBER}", f"tail={NUMBER[-4:]}", f"text={NAME}", "text=噪音"):
        assert [item["id"] for item in (await house.get(f"/v1/contexts?{query}"))["items"]] == [signed.context], query
    assert (await house.get(f"{path}?full=true&purpose=回拨"))["location"] == PLACE
    trace = await house.get(f"{path}/trace")
    assert (len(trace["transfers"]), NUMBER in str(trace), PLACE in str(trace)) == (1, False, False)
    await far.answer()
    await house.hears(caller, seat, far)
    await seat.hang_up()
    await house.outcome("completed")
    await house.finish(far, caller)
    assert await house.leaks(NUMBER, OTHER, NAME, PLACE) == []
    store = b"".join(file.read_bytes() for file in house.folder.glob("onekey.db*"))
    assert NUMBER.encode() in store  # what is looked for is there to be found
