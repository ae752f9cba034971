"use strict";
// How is a lesson taught? Question, prediction to commit to, run, answer from stored results, a question to take home.
window.Lab = window.Lab || {};

(function (Lab) {
  const STAGES = ["Question", "Prediction", "Run", "Answer", "Take home"];
  const signed = (value) => (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(1);

  // told: {send(message), world(): Lab.World, state()}
  Lab.Lesson = class {
    constructor(lesson, told, left) {
      this.lesson = lesson;
      this.told = told;
      this.left = left;
      this.box = document.getElementById("lesson");
      this.stage = 0;
      this.predicted = null;
      this.ran = false;
      this.box.hidden = false;
      document.body.classList.add("teaching");
      this.show();
    }

    leave() {
      this.box.hidden = true;
      this.box.replaceChildren();
      document.body.classList.remove("teaching");
      this.left();
    }

    go(stage) {
      this.stage = stage;
      this.show();
      this.box.querySelector("h2").focus();
    }

    show() {
      const head = Lab.make("div", "lesson-head"), title = Lab.make("h2", "", this.lesson.title);
      title.tabIndex = -1;
      const leave = Lab.make("button", "", "Leave");
      leave.type = "button";
      leave.setAttribute("aria-label", "Leave the lesson");
      leave.addEventListener("click", () => this.leave());
      head.append(title, leave);
      const steps = Lab.make("ol", "stages");
      STAGES.forEach((name, k) => {
        const step = Lab.make("li", k < this.stage ? "done" : "", name);
        if (k === this.stage) step.setAttribute("aria-current", "step");
        steps.append(step);
      });
      const parts = [this.question, this.prediction, this.run, this.answer, this.home][this.stage].call(this);
      this.box.replaceChildren(head, steps, ...parts);
    }

    next(words, stage, off) {
      const button = Lab.make("button", "main", words);
      button.type = "button";
      button.id = "lesson-next";
      button.disabled = Boolean(off);
      button.addEventListener("click", () => this.go(stage));
      return button;
    }

    question() {
      return [...this.lesson.question.map((text) => Lab.make("p", "", text)), this.next("I have an opinion", 1)];
    }

    prediction() {
      const { ask, choices } = this.lesson.prediction, field = Lab.make("fieldset"), legend = Lab.make("legend", "", ask);
      const commit = this.next("I commit to this", 2, this.predicted === null);
      field.append(legend);
      for (const [value, words] of Object.entries(choices)) {
        const label = Lab.make("label", "choice"), input = Lab.make("input");
        Object.assign(input, { type: "radio", name: "prediction", value, checked: this.predicted === value });
        input.addEventListener("change", () => { this.predicted = value; commit.disabled = false; });
        label.append(input, " " + words);
        field.append(label);
      }
      return [field, Lab.make("p", "quiet", "Once committed, it stands."), commit];
    }

    run() {
      const { watch, settings, seed, ticks, speed } = this.lesson.run, start = Lab.make("button", "main", "Run it");
      start.type = "button";
      start.id = "lesson-run";
      start.addEventListener("click", () => {
        this.told.send({ do: "start", settings, seed });
        this.told.send({ do: "play", on: true, speed });
        this.running = true;
        start.hidden = true;
      });
      start.hidden = this.running || this.ran;
      this.progress = Lab.make("p", "quiet", "");
      this.onward = this.next("What came out?", 3, !this.ran);
      const said = Lab.make("p", "", "You predicted: " + this.lesson.prediction.choices[this.predicted] + ".");
      const told = Lab.make("p", "", watch);
      this.end = ticks;
      return [said, told, start, this.progress, this.onward];
    }

    // Called with every picture: the run is over when its last tick has been drawn.
    follow() {
      if (this.stage !== 2 || !this.running) return;
      const tick = this.told.world().tick;
      this.progress.textContent = `Tick ${Math.min(tick, this.end)} of ${this.end}`;
      if (tick < this.end) return;
      this.running = false;
      this.ran = true;
      this.told.send({ do: "play", on: false });
      const world = this.told.world();
      this.mine = [0, 1].map((place) => world.curves[place][tick]);
      this.onward.disabled = false;
    }

    answer() {
      const { prediction, answer } = this.lesson, right = this.predicted === prediction.right;
      const verdict = Lab.make("p", "verdict", (right ? "As you predicted: " : "Not what you predicted: ") +
        answer.verdict);
      const mine = Lab.make("p", "", `In your run givers ended with ${this.mine[0].toFixed(1)} followers, hoarders with ` +
        `${this.mine[1].toFixed(1)}.`);
      const again = Lab.make("button", "", answer.try.words);
      again.type = "button";
      again.id = "lesson-try";
      again.addEventListener("click", () => {
        this.told.send({ do: "start", settings: answer.try.settings, seed: this.lesson.run.seed });
        this.told.send({ do: "play", on: true, speed: this.lesson.run.speed });
      });
      return [verdict, mine, Lab.make("p", "", answer.lead), this.chart(answer.effects), Lab.make("p", "", answer.reading), again,
        this.next("One question to take home", 4)];
    }

    // Intervals against zero, drawn as boxes on a line; the numbers stand beside them.
    chart(effects) {
      const most = Math.max(...effects.map((each) => Math.max(Math.abs(each.low), Math.abs(each.high)))) * 1.05;
      const list = Lab.make("ul", "effects"), place = (value) => 50 + 50 * value / most;
      for (const each of effects) {
        const row = Lab.make("li"), line = Lab.make("div", "interval"), zero = Lab.make("span", "zero");
        const band = Lab.make("span", "band " + (each.low > 0 ? "above" : each.high < 0 ? "below" : "none"));
        band.style.left = place(each.low) + "%";
        band.style.width = Math.max(0.8, place(each.high) - place(each.low)) + "%";
        line.append(zero, band);
        const numbers = `${signed(each.mean)} [${signed(each.low)}, ${signed(each.high)}]`;
        row.append(Lab.make("span", "effect-words", each.words), Lab.make("span", "effect-number", numbers), line);
        row.title = `${each.effect}; ${each.unit}; ${each.replicates} replicates; results/${each.experiment}`;
        list.append(row);
      }
      return list;
    }

    home() {
      const back = Lab.make("button", "", "Play on by yourself");
      back.type = "button";
      back.id = "lesson-end";
      back.addEventListener("click", () => this.leave());
      return [Lab.make("p", "home", this.lesson.home), back];
    }
  };

  // The menu of lessons; begin(lesson) opens one.
  Lab.listLessons = function (lessons, begin) {
    const sheet = document.getElementById("lesson-list");
    sheet.replaceChildren(...lessons.map((lesson, k) => {
      const button = Lab.make("button", "", `${k + 1}. ${lesson.title} (${lesson.minutes} minutes)`);
      button.type = "button";
      button.dataset.lesson = lesson.name;
      button.addEventListener("click", () => begin(lesson));
      return button;
    }));
  };
})(window.Lab);
