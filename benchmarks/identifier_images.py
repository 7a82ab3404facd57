"""Pictures with text drawn into a corner, as old scanners did, and how many are boxed right."""

from __future__ import annotations

import random

import numpy as np
from faker import Faker
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from diq_core.privacy.pictures import Box, find_in_image

_SIDES = ("left top", "right top", "left bottom", "right bottom")
Place = tuple[float, float, float, float]


def picture(number: int) -> tuple[Image.Image, Place]:
    """Return a grey picture with a line of text in a corner, and the text's rectangle."""
    chance = random.Random(number)
    faker = Faker("en_US")
    faker.seed_instance(90_000 + number)
    text = chance.choice(
        [f"{faker.last_name()}, {faker.first_name()}".upper(), f"{faker.first_name()} "
         f"{faker.last_name()}", faker.date_between("-80y").strftime("%m/%d/%Y"),
         faker.date_between("-80y").strftime("%d-%b-%Y"), f"MRN {chance.randrange(10**7):07d}",
         f"ID: {chance.randrange(10**8):08d}", f"{chance.randrange(10**9):09d}"]
    )  # fmt: skip
    size = chance.choice((384, 512, 768))
    noise = Image.effect_noise((size, size), chance.randint(10, 40)).filter(
        ImageFilter.GaussianBlur(chance.choice((1, 2, 4)))
    )
    grey = Image.blend(noise, Image.new("L", noise.size, chance.randint(40, 150)), 0.6)
    font = ImageFont.load_default(chance.choice((12, 14, 18, 24)))
    pen = ImageDraw.Draw(grey)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    side = chance.choice(_SIDES)
    x = 6 - left if "left" in side else size - right - 6
    y = 6 - top if "top" in side else size - bottom - 6
    pen.text((x, y), text, fill=chance.randint(225, 255), font=font)
    return grey, (left + x, top + y, right + x, bottom + y)


def covers(boxes: list[Box], place: Place) -> bool:
    """Return whether boxes cover at least 80 % of a rectangle together."""
    left, top, right, bottom = map(round, place)
    covered = np.zeros((bottom - top, right - left), dtype=bool)
    for each in boxes:
        rows = slice(max(0, each.top - top), max(0, each.bottom - top))
        covered[rows, max(0, each.left - left) : max(0, each.right - left)] = True
    return bool(covered.mean() >= 0.8)


def boxed(count: int) -> int:
    """Return in how many of `count` pictures the text was boxed."""
    return sum(covers(find_in_image(drawn), place) for drawn, place in map(picture, range(count)))
