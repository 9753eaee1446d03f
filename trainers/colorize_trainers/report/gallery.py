"""The pictures of a report's page: columns of samples, and sliders between two of a kind."""

import hashlib
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

import numpy as np

from colorize_cli.core.batches import Photos
from colorize_trainers.report.html import element
from colorize_trainers.report.photos import OutsidePhoto
from colorize_trainers.report.pictures import data_uri
from colorize_trainers.report.samples import SamplesByEpoch, columns, headings
from colorize_trainers.report.test_set import JudgedPhoto, JudgedPhotos


class Gallery:
    """Shows pictures on one page; each is in it once, however often it is shown."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def samples_by_epoch(self, samples: SamplesByEpoch, *, of: str) -> Element:
        """Show the columns gray, each epoch, real; they scroll where the screen is narrow."""
        strips = [
            element(
                "figure",
                element("figcaption", heading),
                self._image(
                    np.concatenate(list(photos)), f"{heading}: {len(photos)} sample photos"
                ),
            )
            for heading, photos in zip(headings(samples), columns(samples), strict=True)
        ]
        label = f"Samples by epoch of {of}"
        inner = element("div", strips, class_="strips")
        return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=label)

    def test_photos(self, pictures: JudgedPhotos) -> Element:
        """Show each chosen test photo as a card of sliders."""
        return element("div", [self._test_card(photo) for photo in pictures.photos], class_="cards")

    def outside_photos(self, photos: Sequence[OutsidePhoto]) -> Element:
        """Show each photo from outside the set as a card of sliders."""
        return element("div", [self._outside_card(photo) for photo in photos], class_="cards")

    def slider(self, left: tuple[str, Photos], right: tuple[str, Photos], *, of: str) -> Element:
        """Lay two pictures of one size over each other; a range input says where they meet.

        Mouse and finger draw the edge, arrow keys move it, and a screen reader hears the label.
        """
        control = element(
            "input",
            type="range",
            min="0",
            max="100",
            value="50",
            aria_label=f"{of}: {left[0]} on the left, {right[0]} on the right",
            data_left=left[0],
        )
        frame = element(
            "div",
            self._image(right[1], f"{of}, {right[0]}", class_="under"),
            self._image(left[1], f"{of}, {left[0]}", class_="over"),
            control,
            class_="slider",
        )
        sides = element("div", element("span", left[0]), element("span", right[0]), class_="sides")
        height, width = left[1].shape[:2]
        # However tall a picture is, the whole of it can be seen at once.
        return element("div", frame, sides, style=f"max-width: calc(85vh * {width / height:.4f})")

    def _test_card(self, photo: JudgedPhoto) -> Element:
        badges = [element("span", why, class_="badge") for why in photo.why if why != "drawn"]
        caption = element(
            "figcaption",
            f"No. {photo.index} ",
            *_spaced(badges),
            element("span", f"· ab error {photo.error:.1f}, gray {photo.gray_error:.1f}"),
            [element("br"), element("span", photo.name)] if photo.name else None,
        )
        sliders = self._test_sliders(photo, f"Test photo {photo.index}")
        return element("figure", caption, _pairs(list(sliders)), class_="card")

    def _test_sliders(self, photo: JudgedPhoto, of: str) -> Iterator[Element]:
        generated = ("generated", photo.generated)
        yield self.slider(("gray", photo.gray), generated, of=of)
        yield self.slider(generated, ("real", photo.real), of=of)
        if photo.network is not None:
            own = ("raw RGB", photo.network)
            yield self.slider(own, generated, of=of)
            yield self.slider(own, ("real", photo.real), of=of)

    def _outside_card(self, photo: OutsidePhoto) -> Element:
        generated = ("generated", photo.generated)
        pairs = [self.slider(("gray", photo.gray), generated, of=photo.name)]
        if photo.real is not None:
            pairs.append(self.slider(generated, ("real", photo.real), of=photo.name))
        else:
            pairs[0].set("class", "whole")
        return element("figure", element("figcaption", photo.name), _pairs(pairs), class_="card")

    def _image(self, picture: Photos, alt: str, *, class_: str | None = None) -> Element:
        """Show a picture: embedded where it comes first, referred to where it comes again."""
        height, width = picture.shape[:2]
        digest = hashlib.sha256(repr(picture.shape).encode() + picture.tobytes())
        name = f"picture-{digest.hexdigest()[:16]}"
        if name in self._names:
            content = element("use", href=f"#{name}")
        else:
            self._names.add(name)
            sides = {"width": str(width), "height": str(height)}
            content = element("image", id=name, href=data_uri(picture), **sides)
        return element(
            "svg",
            content,
            viewBox=f"0 0 {width} {height}",
            role="img",
            aria_label=alt,
            class_=class_,
        )


def _pairs(sliders: Sequence[Element]) -> Element:
    return element("div", sliders, class_="pairs")


def _spaced(parts: Sequence[Element]) -> Iterator[Element | str]:
    for part in parts:
        yield part
        yield " "
