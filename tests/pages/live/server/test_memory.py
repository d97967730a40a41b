"""Videos that were started and stopped leave nothing in memory.

The server's side is put together as streamlit-webrtc does, the client's stands in for a
browser; both run in this process and speak WebRTC with each other.
"""

import asyncio
import ctypes
import gc
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, VideoStreamTrack
from aiortc.contrib.media import MediaBlackhole, MediaRelay
from av import VideoFrame
from streamlit_webrtc.process import AsyncVideoProcessTrack

from fer_core.inference.live import memory
from fer_core.inference.live.processor import LiveProcessor
from fer_core.inference.live.sessions import LiveSessions
from pages.parts.live.server.session import LiveSession

ROUNDS = 5
FRAMES = 8
MAX_GROWTH = 3.0
"""MB of memory in use, from the second round to the last."""


class Blind:
    """A predictor that sees no face; what it would keep is tested with the processor."""

    run_id = "blind"
    level = False
    detector: Any = None
    classifier: Any = None
    temporal = None

    def __init__(self) -> None:
        self.detector = self.classifier = self

    def detect(self, frame: Any, *arguments: Any, **options: Any) -> list[Any]:
        return []


class Camera(VideoStreamTrack):
    """Noise, 20 frames a second."""

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        noise = np.random.default_rng(pts).integers(0, 255, (480, 640, 3), dtype=np.uint8)
        frame = VideoFrame.from_ndarray(noise, format="bgr24")
        frame.pts, frame.time_base = pts, time_base
        await asyncio.sleep(0.02)
        return frame


class Processor:
    """Hands frames on, as streamlit-webrtc's own does."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    async def recv_queued(self, frames: list[VideoFrame]) -> list[VideoFrame]:
        return await self._session.read(frames)

    def on_ended(self) -> None:
        self._session.ended()


async def play(session: LiveSession, relay: MediaRelay) -> None:
    """One video, from the first frame to the stop."""
    server, client = (RTCPeerConnection(RTCConfiguration([])) for _ in range(2))
    screen = MediaBlackhole()

    @server.on("track")
    def process(track: Any) -> None:
        drawn = AsyncVideoProcessTrack(relay.subscribe(track), Processor(session))
        server.addTrack(relay.subscribe(drawn))

    client.on("track", screen.addTrack)
    client.addTrack(Camera())
    session.processor.begin()
    await client.setLocalDescription(await client.createOffer())
    await server.setRemoteDescription(client.localDescription)
    await server.setLocalDescription(await server.createAnswer())
    await client.setRemoteDescription(server.localDescription)
    await screen.start()
    while session.processor.state().statistics.processed < FRAMES:
        await asyncio.sleep(0.02)
    await screen.stop()
    await client.close()
    await server.close()


def used_mb() -> float:
    """Memory that is in use, without what the allocator keeps free, in MB."""

    class Heaps(ctypes.Structure):
        _fields_ = [(f"field{number}", ctypes.c_size_t) for number in range(10)]

    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Heaps
    heaps = mallinfo()
    return float(heaps.field7 + heaps.field4) / 1e6


def webrtc_objects() -> Counter[str]:
    """Living objects that belong to one connection or one frame, by type."""
    gc.collect()
    names = (f"{type(item).__module__}.{type(item).__name__}" for item in gc.get_objects())
    rooms = ("aiortc.", "av.", "streamlit_webrtc.")
    kinds = ("PeerConnection", "Track", "Transport", "VideoFrame", "Encoder", "Decoder")
    return Counter(name for name in names if name.startswith(rooms) and name.endswith(kinds))


def threads() -> list[str]:
    """Names of the living threads, without asyncio's pool and timers of earlier tests."""
    names = (thread.name for thread in threading.enumerate())
    return sorted(name for name in names if not name.startswith(("asyncio", "give-back")))


async def at_rest(before: list[str]) -> None:
    """Until the last frame that was being encoded and the worker's thread have ended, or 20 s."""
    for _ in range(200):
        await asyncio.sleep(0.1)
        if threads() == before and not webrtc_objects():
            return


# streamlit-webrtc's worker leaves closing its event loop to the garbage collector.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="needs glibc"
)
def test_rounds_of_start_and_stop_leave_neither_objects_nor_memory_nor_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_back: list[float] = []
    monkeypatch.setattr(memory, "give_back_soon", lambda: given_back.append(used_mb()))
    session = LiveSession(LiveProcessor(Blind()), LiveSessions(1))  # type: ignore[arg-type]

    async def rounds() -> list[float]:
        before = threads()
        relay = MediaRelay()
        seen = []
        for _ in range(ROUNDS):
            await asyncio.wait_for(play(session, relay), timeout=120)
            await at_rest(before)
            assert not webrtc_objects()
            assert threads() == before
            seen.append(used_mb())
        return seen

    # A browser that an earlier test opened keeps this thread's event loop running.
    with ThreadPoolExecutor(1) as other:
        seen = other.submit(lambda: asyncio.run(rounds())).result()
    assert seen[-1] - seen[1] < MAX_GROWTH
    assert len(given_back) >= ROUNDS
    assert session.processor.last_frame() is None


def test_memory_is_given_back_once_and_a_while_later(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(memory, "give_back", lambda: called.append(threading.current_thread().name))

    timer = memory.give_back_soon(0.05)

    assert called == []
    timer.join(10)
    assert called == ["give-back-memory"]


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc"
)
def test_giving_back_makes_the_process_smaller() -> None:
    """In a process of its own: what the tests before left behind would hide it."""
    script = """
from fer_core.inference.live import memory
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
pieces = [bytes(60_000) for _ in range(1_500)]  # below the size that has memory of its own
last = bytes(60_000)  # keeps the end of the heap in use, so that nothing goes back by itself
del pieces
before = resident()
assert memory.give_back()
print(before - resident())
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True)
    assert float(done.stdout) > 50


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.give_back() is False
