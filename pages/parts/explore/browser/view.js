// Where positions of a picture lie on its chart, which may be zoomed and moved.

// What Plotly has drawn, under its own names; undefined before it has drawn anything.
export function layoutOf(chart) {
  const { _fullLayout: layout } = chart ?? {};
  const { _length: length } = layout?.xaxis ?? {};
  return length ? layout : undefined;
}

export class View {
  constructor({ xaxis, yaxis }) {
    [this.left, this.right] = xaxis.range;
    [this.bottom, this.top] = yaxis.range;
    const { _offset: x, _length: width } = xaxis;
    const { _offset: y, _length: height } = yaxis;
    this.box = { x, y, width, height };
    this.wide = this.box.width / (this.right - this.left);
    this.high = this.box.height / (this.top - this.bottom);
  }

  x(value) {
    return this.box.x + (value - this.left) * this.wide;
  }

  y(value) {
    return this.box.y + (this.top - value) * this.high;
  }

  holds(x, y) {
    const { box } = this;
    return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
  }

  // The part that is in view, null where nothing is left out of `spans`.
  part([across, up]) {
    const slack = [(across[1] - across[0]) * 1e-6, (up[1] - up[0]) * 1e-6];
    const isWhole =
      this.left <= across[0] + slack[0] && this.right >= across[1] - slack[0] &&
      this.bottom <= up[0] + slack[1] && this.top >= up[1] - slack[1];
    return isWhole ? null : [this.left, this.right, this.bottom, this.top];
  }
}

// The place in `picture` of the dot nearest to a point of the chart, -1 where none is near.
export function nearest(picture, view, x, y, reach) {
  let best = -1;
  let least = reach * reach;
  for (let at = 0; at < picture.x.length; at += 1) {
    const away = (view.x(picture.x[at]) - x) ** 2 + (view.y(picture.y[at]) - y) ** 2;
    if (away <= least) {
      least = away;
      best = at;
    }
  }
  return best;
}
