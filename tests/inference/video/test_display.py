"""A video is read as a player shows it, whatever its file says of its frames."""

import io
import os
from fractions import Fraction

import av
import numpy as np
import pytest

from fer_core.errors import VideoError
from fer_core.inference.video import worker
from fer_core.inference.video.display import shown_size
from fer_core.inference.video.file import VideoFile
from fer_core.inference.video.streams import RefusedError

WIDTH, HEIGHT, RATE = 96, 64, 10
CORNERS = (40, 90, 160, 220)  # gray at the upper left, upper right, lower left, lower right


def corners(width=WIDTH, height=HEIGHT):
    """A frame (h, w, 3) with another gray in each corner."""
    frame = np.zeros((height, width, 3), np.uint8)
    for value, rows, columns in zip(
        CORNERS,
        [slice(None, height // 2)] * 2 + [slice(height // 2, None)] * 2,
        [slice(None, width // 2), slice(width // 2, None)] * 2,
    ):
        frame[rows, columns] = value
    return frame


def seen_corners(frame):
    """The gray in each corner of a frame, in the order of `CORNERS`."""
    height, width = frame.shape[:2]
    rows, columns = (height // 4, 3 * height // 4), (width // 4, 3 * width // 4)
    return [int(frame[y, x].mean()) for y in rows for x in columns]


def encode(
    frames,
    form="mp4",
    codec="libx264",
    *,
    pixels="yuv420p",
    moments=None,
    prepare=lambda stream: None,
    mark=lambda frame: None,
    options=None,
):
    """A video of `frames`, uint8 BGR or ready frames, `RATE` a second or at `moments` (seconds).

    `prepare` sets up the stream, `mark` each frame.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=RATE)
        first = frames[0]
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixels
        stream.options = options or {}
        prepare(stream)
        if moments is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, pixels_bgr in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels_bgr, format="bgr24")
            frame = frame.reformat(format=pixels)
            if moments is not None:
                frame.pts, frame.time_base = round(1000 * moments[index]), Fraction(1, 1000)
            mark(frame)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def read(data, rate=RATE):
    """Seconds and frame of each sample; decoded here, as a process for each test takes long."""
    samples = []
    for kind, body in messages(data, rate):
        if kind == b"F":
            seconds, width, height = worker.SAMPLE.unpack_from(body)
            pixels = np.frombuffer(body, np.uint8, offset=worker.SAMPLE.size)
            samples.append((seconds, pixels.reshape(height, width, 3)))
    return samples


def messages(data, rate):
    """What the decoder says, or raises `RefusedError`."""
    out = io.BytesIO()
    worker.decode(io.BytesIO(data), {"rate": rate, "max_seconds": None}, out)
    out.seek(0)
    while head := out.read(worker.HEADER.size):
        kind, length = worker.HEADER.unpack(head)
        yield kind, out.read(length)


def first_frame(data):
    return read(data)[0][1]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_all_eight_orientations_come_upright(degrees, mirrored):
    upright = corners()
    turned = np.rot90(upright, -degrees // 90)  # as a camera held like that stores it
    stored = turned[:, ::-1] if mirrored else turned

    # The matrix mirrors after turning, so of a mirrored picture the turn is the other way round.
    data = encode(
        [np.ascontiguousarray(stored)] * 2,
        prepare=lambda stream: stream.set_display_rotation(
            -degrees if mirrored else degrees, hflip=mirrored
        ),
    )

    frame = first_frame(data)
    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert seen_corners(frame) == pytest.approx(CORNERS, abs=6)


@pytest.mark.parametrize(("form", "codec"), [("mp4", "libx264"), ("matroska", "libx264")])
@pytest.mark.parametrize(
    ("shape", "size"), [((2, 1), (192, 64)), ((1, 2), (96, 128)), ((16, 15), (102, 64))]
)
def test_pixels_that_are_not_square_are_stretched(form, codec, shape, size):
    def prepare(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(*shape)

    frame = first_frame(encode([corners()] * 2, form, codec, prepare=prepare))

    assert frame.shape == (size[1], size[0], 3)
    assert seen_corners(frame) == pytest.approx(CORNERS, abs=6)


def test_turned_and_stretched_together():
    def prepare(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        stream.set_display_rotation(90)

    stored = np.ascontiguousarray(np.rot90(corners(WIDTH, 2 * HEIGHT), -1)[:, ::2])
    frame = first_frame(encode([stored] * 2, prepare=prepare))

    assert frame.shape == (2 * HEIGHT, WIDTH, 3)
    assert seen_corners(frame) == pytest.approx(CORNERS, abs=6)


def test_a_pixel_shape_without_sense_is_left_alone():
    def prepare(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(40, 1)

    assert first_frame(encode([corners()] * 2, prepare=prepare)).shape == (HEIGHT, WIDTH, 3)


def test_sizes_never_shrink():
    assert shown_size(720, 480, Fraction(8, 9)) == (720, 540)
    assert shown_size(720, 576, Fraction(16, 15)) == (768, 576)


@pytest.mark.parametrize("attached", [True, False])
def test_a_cover_is_not_the_video(attached):
    """The first stream is a still, marked as a cover or not."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        cover = container.add_stream("mjpeg", rate=RATE)
        moving = container.add_stream("libx264", rate=RATE)
        for stream, pixels in ((cover, "yuvj420p"), (moving, "yuv420p")):
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        if attached:
            cover.disposition = type(cover.disposition).attached_pic
        white = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        container.mux(cover.encode(av.VideoFrame.from_ndarray(white, format="bgr24")))
        container.mux(cover.encode())
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(corners(), format="bgr24")
            container.mux(moving.encode(frame))
        container.mux(moving.encode())

    samples = read(buffer.getvalue())

    assert len(samples) == 10
    assert seen_corners(samples[0][1]) == pytest.approx(CORNERS, abs=6)


def test_of_several_videos_the_default_is_read():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        streams = [container.add_stream("libx264", rate=RATE) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        streams[0].disposition = type(streams[0].disposition)(0)
        streams[1].disposition = type(streams[1].disposition).default
        for stream, value in zip(streams, (30, 200)):
            for _ in range(5):
                pixels = np.full((HEIGHT, WIDTH, 3), value, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
            container.mux(stream.encode())

    assert first_frame(buffer.getvalue()).mean() == pytest.approx(200, abs=4)


@pytest.mark.parametrize("form", ["mp4", "matroska", "webm"])
def test_uneven_frames_keep_their_moments(form):
    moments = [0.0, 0.04, 0.5, 0.52, 2.0, 2.1]
    codec = "libvpx" if form == "webm" else "libx264"
    data = encode([corners()] * 6, form, codec, moments=moments)

    assert [seconds for seconds, _ in read(data, 60)] == pytest.approx(moments, abs=0.002)


@pytest.mark.parametrize("first", [-0.2, 1.4, 50.0])
def test_the_clock_begins_with_the_file(first):
    """Streams of broadcasts begin anywhere, and frames before 0 are there."""
    data = encode([corners()] * 5, "matroska", moments=[first + i / RATE for i in range(5)])

    assert [seconds for seconds, _ in read(data)] == pytest.approx(
        [i / RATE for i in range(5)], abs=0.002
    )


def test_a_picture_that_begins_after_the_sound_keeps_its_moment():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        silence.sample_rate, silence.pts = 8000, 0
        container.mux(sound.encode(silence))
        container.mux(sound.encode())
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(corners(), format="bgr24")
            frame.pts, frame.time_base = 5 + index, Fraction(1, RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode())

    assert read(buffer.getvalue())[0][0] == pytest.approx(0.5, abs=0.01)


def test_lines_of_two_moments_are_not_mixed():
    """A bar that has moved between the two halves of an interlaced frame stays a bar."""
    frame = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    frame[::2, 20:40] = 220
    frame[1::2, 60:80] = 220
    data = encode([frame] * 4, options={"flags": "+ildct", "crf": "10"})

    gray = first_frame(data)[..., 1].astype(int)

    assert gray[10:50, 25:35].min() > 150
    assert gray[10:50, 65:75].max() < 100


@pytest.mark.parametrize("degrees", [90, 180])
def test_an_interlaced_video_comes_upright_too(degrees):
    stored = np.ascontiguousarray(np.rot90(corners(), -degrees // 90))
    data = encode(
        [stored] * 3,
        prepare=lambda stream: stream.set_display_rotation(degrees),
        options={"flags": "+ildct"},
    )
    frame = first_frame(data)

    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert seen_corners(frame) == pytest.approx(CORNERS, abs=8)


@pytest.mark.parametrize(
    ("codec", "pixels"),
    [("libx264", "yuv420p10le"), ("libx265", "yuv420p10le"), ("prores_ks", "yuv422p10le")],
)
def test_ten_bits_are_read_as_eight(codec, pixels):
    form = "mov" if codec == "prores_ks" else "mp4"
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    frame = first_frame(encode([corners()] * 3, form, codec, pixels=pixels, options=options))

    assert seen_corners(frame) == pytest.approx(CORNERS, abs=6)


def test_hdr_is_as_bright_as_on_an_ordinary_screen():
    """White of 203 candelas is 148 of 255 on HDR10's curve."""
    gray = np.full((HEIGHT, WIDTH, 3), 148, np.uint8)

    def prepare(stream):
        stream.codec_context.color_trc = 16

    data = encode([gray] * 3, prepare=prepare, mark=lambda f: setattr(f, "color_trc", 16))

    assert first_frame(data).mean() > 180


@pytest.fixture
def usual_priority():
    """The encoder of AV1 makes who calls it a real-time process, where root tests: all that the
    process does and starts afterwards would come before the other tests.
    """
    if not hasattr(os, "sched_setscheduler"):  # not on Linux
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    yield
    os.sched_setscheduler(0, *before)


@pytest.mark.usefixtures("usual_priority")
@pytest.mark.parametrize(
    ("form", "codec", "pixels"),
    [
        ("3gp", "mpeg4", "yuv420p"),
        ("mov", "libx264", "yuv420p"),
        ("ipod", "libx264", "yuv420p"),
        ("asf", "wmv2", "yuv420p"),
        ("mpeg", "mpeg1video", "yuv420p"),
        ("vob", "mpeg2video", "yuv420p"),
        ("mpeg2video", "mpeg2video", "yuv420p"),
        ("mpegts", "libx264", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv420p"),
        ("webm", "libsvtav1", "yuv420p"),
        ("matroska", "libx265", "yuv420p"),
        ("avi", "mpeg4", "yuv420p"),
        ("avi", "rawvideo", "bgr24"),
        ("avi", "huffyuv", "rgb24"),
        ("matroska", "ffv1", "gray"),
        ("flv", "flv", "yuv420p"),
        ("ogg", "libvpx", "yuv420p"),
        ("gif", "gif", "rgb8"),
    ],
)
def test_containers_and_codecs(form, codec, pixels):
    rate = {"mpeg": 25, "vob": 25, "mpeg2video": 25}.get(form, RATE)
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}

    def prepare(stream):
        stream.codec_context.framerate = rate
        stream.codec_context.time_base = Fraction(1, rate)
        stream.bit_rate = 2_000_000

    frame = corners(128, 96)
    samples = read(
        encode([frame] * rate, form, codec, pixels=pixels, options=options, prepare=prepare)
    )

    assert len(samples) == pytest.approx(RATE, abs=1)
    assert [seconds for seconds, _ in samples[:3]] == pytest.approx([0, 0.1, 0.2], abs=0.03)
    assert seen_corners(samples[0][1]) == pytest.approx(CORNERS, abs=16)


def test_cameras_transport_streams_have_four_bytes_more_a_packet():
    data = encode([corners()] * 10, "mpegts")
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    camera = b"".join(bytes(4) + packet for packet in packets)

    assert len(read(camera)) == len(read(data)) == 10


@pytest.mark.parametrize("form", ["mp4", "matroska", "avi"])
def test_of_an_incomplete_file_the_beginning_is_read_and_the_rest_told(form, tmp_path):
    codec = "mpeg4" if form == "avi" else "libx264"
    options = {"movflags": "faststart"} if form == "mp4" else {}
    path = tmp_path / "clip"
    with av.open(str(path), "w", format=form, options=options) as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in np.random.default_rng(0).integers(0, 255, (60, HEIGHT, WIDTH, 3), np.uint8):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        container.mux(stream.encode())
    data = path.read_bytes()

    samples = []
    with (
        VideoFile(data[: len(data) // 2], "x", rate=RATE) as video,
        pytest.raises(VideoError, match=r"^x is incomplete: it ends after 2\.\d of 6\.0 seconds"),
    ):
        samples.extend(video)
    assert 15 < len(samples) < 35


def test_a_long_last_frame_is_no_missing_end():
    data = encode([corners()] * 3, moments=[0.0, 0.1, 9.0])

    assert len(read(data)) == 3


def test_sound_alone_is_said():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        silence.sample_rate, silence.pts = 8000, 0
        container.mux(sound.encode(silence))
        container.mux(sound.encode())

    with pytest.raises(RefusedError, match=r"^holds no video, only sound"):
        read(buffer.getvalue())


def test_a_video_without_a_frame_is_said():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.start_encoding()
        container.mux(stream.encode())

    with pytest.raises(RefusedError, match=r"^(holds no|is damaged)"):
        read(buffer.getvalue())


def test_frames_come_at_full_size_and_too_many_pixels_are_refused():
    frame = np.zeros((2160, 3840, 3), np.uint8)
    data = encode([frame], "avi", "mjpeg", pixels="yuvj420p")
    assert first_frame(data).shape == (2160, 3840, 3)

    def prepare(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(2)

    stretched = encode([frame], "matroska", "mjpeg", pixels="yuvj420p", prepare=prepare)
    with pytest.raises(RefusedError, match="7,680 x 2,160"):
        read(stretched)
