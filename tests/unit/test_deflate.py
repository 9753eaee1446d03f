import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorize_cli.core import deflate


@pytest.fixture(autouse=True)
def _chosen_anew():
    deflate._fastest.cache_clear()
    yield
    deflate._fastest.cache_clear()


def deflated(*parts: bytes) -> bytes:
    compressors = [deflate.raw_compressor() for _ in parts]
    return b"".join(
        compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
        for compressor, part in zip(compressors, parts, strict=True)
    )


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=3))
def test_parts_one_behind_the_other_are_a_stream_that_zlib_reads(parts):
    assert zlib.decompressobj(-15).decompress(deflated(*parts)) == b"".join(parts)


def test_without_isa_l_zlib_does_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "isal", None)
    part = bytes(range(256)) * 9
    expected = zlib.compressobj(3, zlib.DEFLATED, -15)
    assert deflated(part) == expected.compress(part) + expected.flush(zlib.Z_SYNC_FLUSH)
