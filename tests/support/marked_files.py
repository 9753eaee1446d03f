"""Files that carry an XMP packet, in every format and wherever it may stand in it."""

import struct
import zlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core.exif import with_tag
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.xmp_search import gif_extension
from pictures import saved


def png(metadata: Metadata) -> bytes:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", (metadata.xmp or b"").decode())
    return saved(Image.new("RGB", (5, 4)), pnginfo=info)


def zipped_png(metadata: Metadata) -> bytes:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", (metadata.xmp or b"").decode(), zip=True)
    return saved(Image.new("RGB", (5, 4)), pnginfo=info)


def png_with_late_text(metadata: Metadata) -> bytes:
    plain, content = saved(Image.new("RGB", (5, 4))), b"XML:com.adobe.xmp\0\0\0\0\0"
    content += metadata.xmp or b""
    chunk = struct.pack(">I", len(content)) + b"iTXt" + content
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + content))
    return plain[:-12] + chunk + plain[-12:]


def pages(form: str, metadata: Metadata, **options: object) -> bytes:
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "blue", "green")]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], **options)


def animated_png(metadata: Metadata) -> bytes:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", (metadata.xmp or b"").decode())
    return pages("PNG", metadata, pnginfo=info)


def gif(metadata: Metadata) -> bytes:
    plain = pages("GIF", metadata)
    start = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    return plain[:start] + gif_extension(metadata.xmp or b"") + plain[start:]


def tiff(metadata: Metadata) -> bytes:
    exif = with_tag(metadata.exif, 700, metadata.xmp)
    return saved(Image.new("RGB", (5, 4)), "TIFF", exif=exif)


def pages_of_tiff(metadata: Metadata) -> bytes:
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "blue")]
    exif = with_tag(None, 700, metadata.xmp)
    return saved(frames[0], "TIFF", save_all=True, append_images=frames[1:], exif=exif)


def big_tiff(metadata: Metadata) -> bytes:
    exif = with_tag(None, 700, metadata.xmp)
    return saved(Image.new("RGB", (5, 4)), "TIFF", exif=exif, big_tiff=True)


WRITERS = {
    "png": png,
    "zipped.png": zipped_png,
    "late.png": png_with_late_text,
    "animated.png": animated_png,
    "jpg": lambda kept: saved(Image.new("RGB", (5, 4)), "JPEG", xmp=kept.xmp),
    "webp": lambda kept: saved(Image.new("RGB", (5, 4)), "WEBP", xmp=kept.xmp),
    "animated.webp": lambda kept: pages("WEBP", kept, xmp=kept.xmp),
    "tiff": tiff,
    "pages.tiff": pages_of_tiff,
    "big.tiff": big_tiff,
    "gif": gif,
}
