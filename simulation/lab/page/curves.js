"use strict";
// How do the curves look? Small charts of one or two lines over ticks, with what they mean and their values when hovered.
window.Lab = window.Lab || {};

(function (Lab) {
  const percent = (value) => (100 * value).toFixed(0) + " %";
  const number = (value) => value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
  const whole = (value) => Math.round(value).toLocaleString("en");
  // The next round number: tops of axes that people can read.
  const round = (value) => {
    const ten = 10 ** Math.floor(Math.log10(value));
    return ten * [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((digit) => digit * ten >= value * 0.9999);
  };
  // Places in a frame's curves, in the order of session.CURVES.
  Lab.CHARTS = [
    { title: "Followers", lines: [0, 1], names: ["givers", "hoarders"], inks: ["--gives", "--keeps"],
      write: number, axis: whole, top: 1,
      means: "Mean followers of people who give at least two thirds of what they have in hand, and of those who give at most a third." },
    { title: "Ties", lines: [2], names: ["ties"], inks: ["--line"], write: whole, top: 1,
      means: "All ties in the network: who follows whom." },
    { title: "Feeds unread", lines: [3], names: ["unread"], inks: ["--line"], write: percent, top: 0.2,
      means: "The part of what reaches people in a tick that they have no attention left to read." },
    { title: "Inequality", lines: [4], names: [""], inks: ["--line"], write: (value) => value.toFixed(2), top: 0.4,
      means: "Gini coefficient of followers: 0 when all have as many, near 1 when one has them all." },
    { title: "Own kind", lines: [5], names: [""], inks: ["--line"], write: percent, top: 1,
      means: "The part of all ties that stay within one's own group and identity; shown where there is more than one kind." },
  ];

  Lab.Chart = class {
    constructor(parent, about, worlds, hovered) {
      this.about = about;
      this.worlds = worlds;
      const box = document.createElement("figure");
      box.className = "chart";
      const head = document.createElement("figcaption"), title = document.createElement("span");
      title.textContent = about.title;
      title.className = "chart-title";
      this.values = document.createElement("span");
      this.values.className = "chart-values";
      head.append(title, this.values);
      this.box = box;
      this.canvas = document.createElement("canvas");
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", about.title + ". " + about.means);
      box.title = about.means;
      box.append(head, this.canvas);
      parent.append(box);
      this.at = -1; // the tick pointed at
      this.canvas.addEventListener("pointermove", (event) => hovered(this.tickAt(event)));
      this.canvas.addEventListener("pointerleave", () => hovered(-1));
      new ResizeObserver(() => this.draw()).observe(this.canvas);
    }

    last() { return Math.max(...this.worlds().map((world) => world.tick), 0); }

    tickAt(event) {
      const box = this.canvas.getBoundingClientRect();
      return Math.max(0, Math.min(this.last(), Math.round((event.clientX - box.left) / box.width * this.scaleX())));
    }

    scaleX() { return Math.max(50, 10 * Math.ceil(this.last() / 10)); }

    draw() {
      const some = (values) => values.some((value) => value >= 0);
      this.box.hidden = !this.worlds().some((world) => this.about.lines.some((line) => some(world.curves[line]))) &&
        this.about.title === "Own kind"; // a class of one kind need not wonder at an empty picture
      const ratio = window.devicePixelRatio || 1, box = this.canvas.getBoundingClientRect();
      if (!box.width) return;
      this.canvas.width = Math.round(box.width * ratio);
      this.canvas.height = Math.round(box.height * ratio);
      const pen = this.canvas.getContext("2d"), style = getComputedStyle(this.canvas);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      const width = box.width, height = box.height - 13, xs = width / this.scaleX();
      let top = this.about.top;
      for (const world of this.worlds()) {
        for (const line of this.about.lines) for (const value of world.curves[line]) if (value > top) top = value;
      }
      top = round(top);
      this.axes(pen, style, width, height, top);
      this.worlds().forEach((world, which) => this.about.lines.forEach((line, k) => {
        pen.strokeStyle = style.getPropertyValue(this.about.inks[k]);
        pen.lineWidth = 1.8;
        pen.setLineDash(which ? [5, 3] : []);
        pen.beginPath();
        let on = false;
        const values = world.curves[line], every = Math.max(1, Math.floor(values.length / (2 * width)));
        for (let tick = 0; tick < values.length; tick += every) {
          const value = values[tick];
          if (!(value >= 0)) { on = false; continue; }
          if (on) pen.lineTo(tick * xs, height - value / top * (height - 4));
          else pen.moveTo(tick * xs, height - value / top * (height - 4));
          on = true;
        }
        pen.stroke();
      }));
      pen.setLineDash([]);
      if (this.at >= 0) {
        pen.strokeStyle = style.getPropertyValue("--axis");
        pen.lineWidth = 1;
        pen.beginPath();
        pen.moveTo(this.at * xs, 0);
        pen.lineTo(this.at * xs, height);
        pen.stroke();
      }
      this.tell(style);
    }

    axes(pen, style, width, height, top) {
      pen.strokeStyle = style.getPropertyValue("--axis");
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(0, height + 0.5);
      pen.lineTo(width, height + 0.5);
      pen.stroke();
      pen.fillStyle = style.getPropertyValue("--quiet");
      pen.font = "11px " + style.fontFamily;
      pen.textBaseline = "top";
      pen.fillText("0", 0, height + 2);
      const right = "tick " + this.scaleX();
      pen.fillText(right, width - pen.measureText(right).width, height + 2);
      const high = (this.about.axis || this.about.write)(top);
      pen.fillText(high, 0, 0);
      pen.globalAlpha = 0.5;
      pen.beginPath();
      pen.moveTo(pen.measureText(high).width + 4, 4.5);
      pen.lineTo(width, 4.5);
      pen.stroke();
      pen.globalAlpha = 1;
    }

    tell(style) {
      const parts = [], worlds = this.worlds();
      worlds.forEach((world, which) => this.about.lines.forEach((line, k) => {
        const value = world.curves[line][this.at >= 0 ? this.at : world.tick];
        const part = document.createElement("span");
        part.style.color = style.getPropertyValue(this.about.inks[k] + "-text");
        const name = this.about.lines.length > 1 ? this.about.names[k] + " " : "";
        const letter = worlds.length > 1 ? "AB"[which] + " " : "";
        part.textContent = letter + name + (value >= 0 ? this.about.write(value) : "–");
        parts.push(part);
      }));
      this.values.replaceChildren(...parts);
    }
  };
})(window.Lab);
