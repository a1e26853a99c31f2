#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""Images in and out of the demo.

demo.py copy SET COUNT    the first COUNT images of SET (train, t10k) as binary COPY rows (id, label, vector) on stdout
demo.py picture PNG       a contact sheet from lines "QUERY NEIGHBOUR NEIGHBOUR ..." on stdin
"""
import gzip
import struct
import sys
from PIL import Image, ImageDraw

FOLDER = '/usr/share/datasets/fashion-mnist/'
NAMES = ['T-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot']
SIDE = 28
PIXELS = SIDE * SIDE
INT4 = 4


def read_images(name):
    """Pixels of all images as one bytes object, and their labels. The files are IDX: a header of 16 and 8 bytes."""
    with gzip.open(f'{FOLDER}{name}-images-idx3-ubyte.gz') as file:
        pixels = file.read()[16:]
    with gzip.open(f'{FOLDER}{name}-labels-idx1-ubyte.gz') as file:
        labels = file.read()[8:]
    return pixels, labels


def copy(name, count):
    """COPY's binary format; a vector is sent as its dimension, an unused 16-bit field, then big-endian floats."""
    pixels, labels = read_images(name)
    float_of = [struct.pack('>f', value) for value in range(256)]
    vector_head = struct.pack('>ihH', 4 + 4 * PIXELS, PIXELS, 0)
    out = sys.stdout.buffer
    out.write(b'PGCOPY\n\xff\r\n\0' + struct.pack('>ii', 0, 0))
    for row in range(count):
        out.write(struct.pack('>hiiii', 3, INT4, row, INT4, labels[row]))
        out.write(vector_head)
        out.write(b''.join(map(float_of.__getitem__, pixels[row * PIXELS:(row + 1) * PIXELS])))
    out.write(struct.pack('>h', -1))


def picture(path):
    """One line a query: the query at the left, its neighbours beside it, those of another kind framed."""
    train, train_labels = read_images('train')
    tests, test_labels = read_images('t10k')
    lines = [[int(word) for word in line.split()] for line in sys.stdin]
    cell, gap, left, top = 2 * SIDE, 10, 90, 34
    columns = max(len(line) for line in lines) - 1
    width = left + cell + 2 * gap + columns * (cell + gap) + gap
    sheet = Image.new('RGB', (width, top + len(lines) * (cell + gap) + gap), 'white')
    draw = ImageDraw.Draw(sheet)
    draw.text((gap, gap), 'query', 'black')
    draw.text((left + cell + 3 * gap, gap), 'nearest neighbours, nearest first (framed: of another kind)', 'black')

    def place(pixels, index, x, y):
        tile = Image.frombytes('L', (SIDE, SIDE), pixels[index * PIXELS:(index + 1) * PIXELS])
        sheet.paste(tile.resize((cell, cell), Image.LANCZOS).point(lambda value: 255 - value).convert('RGB'), (x, y))

    for number, (query, *neighbours) in enumerate(lines):
        y = top + number * (cell + gap)
        draw.text((gap, y + cell // 2 - 6), NAMES[test_labels[query]], 'black')
        place(tests, query, left, y)
        draw.line((left + cell + gap, y, left + cell + gap, y + cell), '#4070c0', 2)
        for column, neighbour in enumerate(neighbours):
            x = left + cell + 3 * gap + column * (cell + gap)
            place(train, neighbour, x, y)
            if train_labels[neighbour] != test_labels[query]:
                draw.rectangle((x - 2, y - 2, x + cell + 1, y + cell + 1), outline='#e07030', width=2)
    sheet.save(path)


if __name__ == '__main__':
    if sys.argv[1] == 'copy':
        copy(sys.argv[2], int(sys.argv[3]))
    else:
        picture(sys.argv[2])
