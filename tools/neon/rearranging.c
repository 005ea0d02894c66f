// Moves between lanes and layouts.

#include "check.h"

/// Each lane of the output is one of the input's, or 0.
static void select_lanes(void) {
  const ptrdiff_t blocks = 1 + draw(3), rows = 1 + draw(3), lines = 1 + draw(9);
  const ptrdiff_t row = 16 * (lines + draw(2)), output_row = 16 * (lines + draw(2)), plane = rows * row;
  struct input *x = input(blocks * plane);
  struct result *y = result(rows * output_row);
  int from[16];
  const int pattern = (int)draw(3), shift = (int)draw(16);
  for (int lane = 0; lane < 16; lane++) {
    const int any = (int)draw(16 * blocks);
    from[lane] = chance(6) ? -1 : pattern == 0 ? any : (lane * (pattern == 1 ? 1 : 5) + shift) % (16 * (int)blocks);
    for (ptrdiff_t i = 0; i < rows; i++)
      for (ptrdiff_t l = 0; l < lines; l++)
        expect(
          y, i * output_row + 16 * l + lane,
          from[lane] < 0 ? 0 : use(x, from[lane] / 16 * plane + i * row + 16 * l + from[lane] % 16), 0);
  }
  EACH_SET(set) {
    const int part = set->kernels->part;
    struct zoo_lane_source sources[16 * 4];
    ptrdiff_t counts[4] = {0}, made = 0;
    for (int index = 0; index < 16 / part; index++) {
      for (int block = 0; block < blocks; block++)
        for (int other = 0; other < 16 / part; other++) {
          struct zoo_lane_source source = {.from = x->at + block * plane + other * part, .row = row};
          bool is_used = false;
          for (int lane = 0; lane < 16; lane++) source.lanes[lane] = -1;
          for (int lane = 0; lane < part; lane++) {
            const int channel = from[index * part + lane];
            if (channel < 0 || channel / part != block * (16 / part) + other) continue;
            source.lanes[lane] = channel % part;
            is_used = true;
          }
          if (!is_used) continue;
          sources[made++] = source;
          counts[index]++;
        }
    }
    begin(y);
    set->kernels->select_lanes(sources, counts, y->at, output_row, rows, lines);
    end(y, set, 0, "selection of lanes from %td blocks", blocks);
  }
  release();
}

/// What is the same for all instruction sets.
static void layouts(void) {
  const ptrdiff_t pixels = 1 + draw(23), channels = chance(2) ? 16 : 1 + draw(16), plane = pixels + draw(5);
  struct input *planar = input(channels * plane), *blocked = input(16 * pixels);
  struct result *lines = result(16 * pixels), *planes = result(channels * plane), *moved = result(16 * pixels);
  struct result *cleared = sums(16 * pixels);
  const ptrdiff_t from = draw(16), to = draw(16), most = 16 - (from > to ? from : to), count = draw(most + 1);
  for (ptrdiff_t i = 0; i < pixels; i++)
    for (ptrdiff_t lane = 0; lane < 16; lane++) {
      expect(lines, 16 * i + lane, lane < channels ? use(planar, lane * plane + i) : 0, 0);
      if (lane < channels) expect(planes, lane * plane + i, use(blocked, 16 * i + lane), 0);
      if (lane < count) expect(moved, 16 * i + to + lane, use(blocked, 16 * i + from + lane), 0);
      if (from <= lane && lane < from + count) expect(cleared, 16 * i + lane, 0, 0);
    }
  seal(planar);
  begin(lines);
  begin(planes);
  begin(moved);
  begin(cleared);
  zoo_interleave(planar->at, plane, channels, lines->at, pixels);
  zoo_deinterleave(blocked->at, planes->at, plane, channels, pixels);
  zoo_copy_lanes(blocked->at, 16, from, moved->at, 16, to, count, pixels);
  zoo_clear_lanes(cleared->at, from, from + count, pixels);
  end(lines, sets, 0, "interleaving of %td channels, %td pixels", channels, pixels);
  end(planes, sets, 0, "deinterleaving of %td channels, %td pixels", channels, pixels);
  end(moved, sets, 0, "copy of %td lanes", count);
  end(cleared, sets, 0, "clearing of %td lanes", count);
  release();
}

void check_rearranging(void) {
  for (int round = 0; round < 120; round++) select_lanes();
  for (int round = 0; round < 60; round++) layouts();
  report("rearranging");
}
